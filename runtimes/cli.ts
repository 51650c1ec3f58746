#!/usr/bin/env node
/** `npm run runtime-images [-- RUNTIME …] [--into FOLDER] [--fresh]`: builds the images that projects run in, prints where they are. */
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageName, runtimeArchive, RUNTIMES } from './image';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = { into: { type: 'string' }, fresh: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const unknown = positionals.filter((name) => !RUNTIMES.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no runtime ${unknown.join(', ')}; there are ${RUNTIMES.join(', ')}.`);
  for (const runtime of positionals.length > 0 ? positionals : RUNTIMES) {
    const archive = await runtimeArchive(runtime, say, values.fresh);
    process.stdout.write(`${values.into ? copied(archive, values.into, runtime) : archive}\n`);
  }
}

function copied(archive: string, folder: string, runtime: string): string {
  const target = join(folder, `${imageName(runtime)}.tar`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(archive, `${target}.${process.pid}`);
  renameSync(`${target}.${process.pid}`, target);
  return target;
}

main().catch((error: Error) => {
  process.stderr.write(`runtime-images: ${error.message}\n`);
  process.exitCode = 1;
});
