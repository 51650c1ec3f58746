import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { builtEdgeArchive } from '../edge/image';

/** Lays what was built of Nubo's own images where compute looks at its start; what was not built is not there. */
export function layPlatformImages(folder: string): void {
  const edge = builtEdgeArchive();
  if (!edge) return;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nubo-edge.tar');
  copyFileSync(edge, `${file}.new`);
  renameSync(`${file}.new`, file);
}
