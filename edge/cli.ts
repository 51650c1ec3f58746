#!/usr/bin/env node
/** `npm run edge-image [-- --vm] [--into FOLDER] [--fresh]`: builds the image of CDN instances, and prints where it is. */
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { layFile } from '../lab/lay';
import { edgeArchive, edgeDisk } from './image';

/** The name that the platform knows the image by. */
const NAME = 'nubo-edge';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      into: { type: 'string' },
      vm: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
    },
  });
  const image = await (values.vm ? edgeDisk : edgeArchive)(say, values.fresh);
  process.stdout.write(`${values.into ? layFile(image, values.into, NAME + extname(image)) : image}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`edge-image: ${error.message}\n`);
  process.exitCode = 1;
});
