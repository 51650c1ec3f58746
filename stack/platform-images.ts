import { builtEdgeArchive, builtEdgeDisk } from '../edge/image';
import { layFile } from '../lab/lay';
import { builtRuntime, imageName, RUNTIMES } from '../runtimes/image';

/** Lays what was built of Nubo's own images where compute looks at its start; what was not built is not there. */
export function layPlatformImages(folder: string): void {
  lay(builtEdgeArchive(), folder, 'nubo-edge.tar');
  lay(builtEdgeDisk(), folder, 'nubo-edge.qcow2');
  for (const runtime of RUNTIMES) lay(builtRuntime(runtime), folder, `${imageName(runtime)}.tar`);
}

function lay(image: string | undefined, folder: string, name: string): void {
  if (image) layFile(image, folder, name);
}
