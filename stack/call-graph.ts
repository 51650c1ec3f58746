/** Writes docs/call-graph.md from the contracts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callGraph } from '@nubo/messaging';
import { projectRoot } from './files';

writeFileSync(join(projectRoot(), 'docs/call-graph.md'), callGraph());
