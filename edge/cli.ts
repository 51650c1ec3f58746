#!/usr/bin/env node
/** `npm run edge-image [-- --into FOLDER] [--fresh]`: builds the image of CDN instances, and prints where it is. */
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { edgeArchive } from './image';

/** The name that the platform knows the image by. */
const NAME = 'nubo-edge';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { into: { type: 'string' }, fresh: { type: 'boolean', default: false } },
  });
  const archive = await edgeArchive((line) => process.stderr.write(`${line}\n`), values.fresh);
  process.stdout.write(`${values.into ? copied(archive, values.into) : archive}\n`);
}

function copied(archive: string, folder: string): string {
  const target = join(folder, `${NAME}.tar`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(archive, `${target}.${process.pid}`);
  renameSync(`${target}.${process.pid}`, target);
  return target;
}

main().catch((error: Error) => {
  process.stderr.write(`edge-image: ${error.message}\n`);
  process.exitCode = 1;
});
