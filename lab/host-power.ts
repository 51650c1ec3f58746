// Powers a lab host on and off. Called inside the lab's own namespaces.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { createGroup, groupFolders, hierarchies, isPopulated, killGroup, removeGroup } from './cgroups';
import { capture, check, systemEnv } from './command';
import { LabError } from './errors';
import { CONTROLLER_ADDRESS, UNDERLAY, type HostPlan } from './members';

const START = join(__dirname, 'host', 'start.sh');
const READY_MS = 30_000;

/** A host's place in a lab: its files, its control group, its plan. */
export interface HostPlace {
  readonly plan: HostPlan;
  readonly directory: string;
  readonly group: string;
}

/** Starts the host and waits until it takes logins. It outlives the calling process, but not the lab. */
export async function powerOn(place: HostPlace): Promise<void> {
  if (isPopulated(place.group)) throw new LabError(`${place.plan.name} is on already.`);
  await unplug(place.plan.name);
  createGroup(place.group, true);
  const log = openSync(join(place.directory, 'boot.log'), 'a');
  const child = spawn('bash', [START], {
    env: systemEnv(bootEnvironment(place)),
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
  });
  closeSync(log);
  await writeFile(join(place.directory, 'holder.pid'), String(child.pid));
  const ready = child.stdio[3] as Readable;
  if (!(await saysReady(ready))) throw await bootFailure(place);
  ready.destroy();
  child.unref();
}

/** Cuts the power: every process of the host dies at once and its network devices vanish. Files stay. */
export async function powerOff(place: HostPlace): Promise<void> {
  await killGroup(place.group);
  await unplug(place.plan.name);
  await removeGroup(place.group);
}

/** The arguments of nsenter that lead into all namespaces of a running host. Throws a LabError when it is off. */
export async function enterHost(place: HostPlace): Promise<string[]> {
  if (!isPopulated(place.group)) throw new LabError(`${place.plan.name} is off.`);
  const holder = await readFile(join(place.directory, 'holder.pid'), 'utf8');
  const pid = `--pid=/proc/${holder}/ns/pid_for_children`;
  return ['nsenter', `--target=${holder}`, '--mount', '--uts', '--ipc', '--net', pid, '--wdns=/root', '--'];
}

function bootEnvironment({ plan, directory, group }: HostPlace): NodeJS.ProcessEnv {
  const classic = hierarchies().filter((hierarchy) => hierarchy.version === 1);
  return {
    HOST_NAME: plan.name,
    HOST_ADDRESS: plan.address,
    HOST_ADDRESS6: plan.address6,
    HOST_UNDERLAY: UNDERLAY,
    HOST_GATEWAY: CONTROLLER_ADDRESS,
    HOST_DIRECTORY: directory,
    HOST_LIBVIRT: plan.libvirt ? '1' : '',
    HOST_GROUPS: groupFolders(group).join(' '),
    HOST_HIERARCHIES: classic.map(({ mountPoint, options }) => `${mountPoint}:${options}`).join(' '),
  };
}

function saysReady(channel: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), READY_MS);
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      resolve(ready);
    };
    channel.once('data', () => settle(true));
    channel.once('end', () => settle(false));
    channel.once('error', () => settle(false));
  });
}

async function bootFailure(place: HostPlace): Promise<LabError> {
  const log = await readFile(join(place.directory, 'boot.log'), 'utf8');
  await powerOff(place);
  const last = log.trim().split('\n').slice(-5).join('\n');
  return new LabError(`${place.plan.name} did not start:\n${last}`);
}

async function unplug(name: string): Promise<void> {
  await capture(['ip', '-n', 'fab', 'link', 'delete', `p-${name}`]);
  const namespaces = await check(['ip', 'netns', 'list']);
  if (namespaces.split('\n').some((line) => line.split(' ')[0] === name)) {
    await check(['ip', 'netns', 'delete', name]);
  }
}
