// A lab host as a cluster of one node: what it consists of is built once and cached outside the project.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '../cache';
import { capture, check } from '../command';
import { containerArchive } from '../container';
import { LabError } from '../errors';
import type { Lab } from '../lab';
import { missingPrograms } from '../machine';
import { hashOfSources } from '../sources';
import { layImage } from './image';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'flock', 'make', 'patch', 'tar', 'xz'];
const BUILD_MS = 3_600_000;
const UP_MS = 180_000;
const PAUSE = ['/bin/busybox', 'sleep', '2147483647'];

type Say = (line: string) => void;

/**
 * Builds Kubernetes, etcd and containerd unless they are in the cache (~5 minutes on two quiet cores, and a download of ~140 MB);
 * returns their folder. A build that was killed is taken up by the next. Throws a LabError inside of a lab, which has no way to
 * the sources.
 */
export async function kubernetesPrograms(say: Say = () => undefined): Promise<string> {
  const cache = cacheFolder('kubernetes');
  const folder = join(cache, hashOfSources(__dirname, ['build.sh']));
  if (existsSync(folder)) return folder;
  if (process.env.NUBO_LAB)
    throw new LabError('Kubernetes is not built yet. Build it outside of the lab: npm run lab -- kubernetes');
  const missing = missingPrograms(PROGRAMS);
  if (missing.length > 0)
    throw new LabError(`Missing: ${missing.join(', ')}. Kubernetes is built on Debian.`);
  mkdirSync(cache, { recursive: true });
  say('building Kubernetes (~5 minutes) …');
  const build = ['nice', 'bash', join(__dirname, 'build.sh'), folder];
  await check(['flock', join(cache, 'lock'), ...build], { timeoutMs: BUILD_MS });
  return folder;
}

export interface LabCluster {
  /** Paths of kubeconfigs: of who may do all, and of who may do what Nubo does. */
  readonly admin: string;
  readonly nubo: string;
  /** Of the node; its ingress listens at port 80. */
  readonly address: string;
}

/** Makes a running host a cluster whose pods find these root file systems (tar.gz) as `localhost/<name>:latest`. */
export async function startCluster(
  lab: Lab,
  hostName: string,
  images: Readonly<Record<string, string>>,
): Promise<LabCluster> {
  const archives = [await imageOf('pause', await containerArchive(), PAUSE)];
  for (const [name, rootfs] of Object.entries(images)) archives.push(await imageOf(name, rootfs));
  // A host does not see the cache of who runs the lab.
  const files = join(lab.state.directory, 'hosts', hostName, 'data', 'nubo');
  await lay(await kubernetesPrograms(), join(files, 'programs'));
  mkdirSync(join(files, 'images'), { recursive: true });
  for (const archive of archives) await lay(archive, join(files, 'images', basename(archive)));
  const { address } = lab.host(hostName);
  const up = ['bash', join(__dirname, 'up.sh'), address, ...archives.map((path) => basename(path))];
  const { code, stderr } = await lab.execOnHost(hostName, up, { timeoutMs: UP_MS });
  if (code !== 0) throw new LabError(`No cluster on ${hostName}: ${stderr.trim()}`);
  const kubeconfig = (user: string): string => join(files, 'kubernetes', `${user}.kubeconfig`);
  return { address, admin: kubeconfig('admin'), nubo: kubeconfig('nubo') };
}

/** As second names of the same files, when both are in one file system. */
async function lay(from: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  const linked = await capture(['cp', '-al', from, to]);
  if (linked.code !== 0) await check(['cp', '-a', '--reflink=auto', from, to], { timeoutMs: 120_000 });
}

async function imageOf(name: string, rootfs: string, command?: readonly string[]): Promise<string> {
  const folder = join(cacheFolder('kubernetes'), 'images');
  mkdirSync(folder, { recursive: true });
  const key = hashOfSources(dirname(rootfs), [basename(rootfs)]);
  const output = join(folder, `${name}-${key}.tar`);
  await layImage(rootfs, output, { name: `localhost/${name}:latest`, command });
  return output;
}
