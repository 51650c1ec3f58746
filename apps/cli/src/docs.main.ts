/** Writes docs/cli.md from the tree of commands. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from './docs/reference';

writeFileSync(join(process.cwd(), 'docs/cli.md'), commandReference());
