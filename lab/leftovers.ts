// What a lab has left on this machine, by looking at the machine and not at the lab's own books.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupFolders, isPopulated } from './cgroups';
import { capture } from './command';
import { labsFolder, type LabState } from './state';

/** Inside a lab: what is left of hosts that are off. Hosts that are on count as left over, too. Empty when all is gone. */
export async function findLeftovers(state: LabState): Promise<string[]> {
  const hosts = readdirSync(join(state.directory, 'hosts'));
  const [namespaces, ports, tables] = await Promise.all([
    lines(['ip', 'netns', 'list']),
    lines(['ip', '-n', 'fab', '-o', 'link', 'show']),
    lines(['nft', 'list', 'tables']),
  ]);
  return [
    ...hosts.flatMap((host) => groupLeftovers(`${state.group}/${host}`)),
    ...namespaces.filter((line) => !/^(ctl|fab|out)\b/.test(line)).map((line) => `network namespace ${line}`),
    ...ports.filter((line) => !/^\d+: (lo|br0|p-ctl|p-out)[:@]/.test(line)).map((line) => `device ${line}`),
    ...tables.map((line) => `nft ${line} in the controller`),
    ...mountsBelow(join(state.directory, 'hosts')),
  ];
}

/** Outside, after a lab's end: processes, control groups, mounts and files of it. Empty when all is gone. */
export function findRemains(state: LabState): string[] {
  const files = readdirSync(labsFolder()).filter(
    (name) => name === `.gone-${state.id}` || name === `.new-${state.id}`,
  );
  return [
    ...groupLeftovers(state.group),
    ...files.map((name) => `file ${join(labsFolder(), name)}`),
    ...mountsBelow(state.directory),
  ];
}

function groupLeftovers(group: string): string[] {
  const folders = groupFolders(group);
  const busy = folders.length > 0 && isPopulated(group) ? [`processes in cgroup ${group}`] : [];
  return [...busy, ...folders.map((folder) => `cgroup ${folder}`)];
}

function mountsBelow(folder: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`)).map((point) => `mount ${point}`);
}

async function lines(argv: string[]): Promise<string[]> {
  const { stdout } = await capture(argv);
  return stdout.split('\n').filter(Boolean);
}
