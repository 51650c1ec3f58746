#!/usr/bin/env node
/** `npm run runtime-images [-- RUNTIME …] [--into FOLDER] [--fresh]`: builds the images that projects run in, prints where they are. */
import { parseArgs } from 'node:util';
import { layFile } from '../lab/lay';
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
    const name = `${imageName(runtime)}.tar`;
    process.stdout.write(`${values.into ? layFile(archive, values.into, name) : archive}\n`);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`runtime-images: ${error.message}\n`);
  process.exitCode = 1;
});
