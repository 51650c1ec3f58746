/** What the machine must be before anything is installed. */
import { Failure } from './progress.mjs';

const NODE = [20, 19];
const WITHOUT_ROOT = ['start', 'bench', 'edge-image', 'runtime-images', 'check'];

export function checkMachine(command) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1]))
    throw new Failure(`Node ${NODE.join('.')} or newer is needed; this is ${process.versions.node}`);
  if (process.platform !== 'linux') throw new Failure('Nubo runs on Linux (Debian 12)');
  if (!WITHOUT_ROOT.includes(command) && !isRoot())
    throw new Failure(
      `npm run ${command} makes network namespaces and installs Debian packages: run it as root`,
    );
}

export function isRoot() {
  return process.getuid() === 0;
}
