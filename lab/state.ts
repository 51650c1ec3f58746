// A lab's folder and its lab.json. A lab lives as long as its owner's control group holds a process.
import {
  existsSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keepCapabilities } from './cache';
import {
  createGroup,
  isPopulated,
  joinGroup,
  killGroup,
  listGroups,
  removeGroup,
  unifiedFolder,
} from './cgroups';
import { LabError } from './errors';
import { capabilitiesFolder } from './host-files';

export type Mode = 'run' | 'up';

export interface LabState {
  readonly name: string;
  /** Unique among all labs that ever were: `<name>-<8 hex>`. */
  readonly id: string;
  readonly mode: Mode;
  readonly directory: string;
  /** Control group of the lab; `<group>/owner` holds its owner, `<group>/ctl` the controller, `<group>/<host>` a host. */
  readonly group: string;
  readonly createdAt: string;
  /** Process whose namespaces are the controller's, as seen by the one who made the lab. */
  readonly keeper?: number;
}

export const GROUP_PREFIX = 'nubo-lab-';
const HALF_MADE_MS = 60_000;

/** The folder under which every lab has its own. */
export function labsFolder(): string {
  return process.env.NUBO_LAB_DIR ?? '/var/tmp/nubo-lab';
}

/**
 * Takes a name for a new lab and makes its folder (others may pass through, not look; its parts are closed) and control groups; the calling process becomes its owner.
 * Returns the state and the control group to go back to. Throws a LabError when the name is taken or is not a name.
 */
export function claim(name: string, mode: Mode): { state: LabState; home: string } {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
    throw new LabError(`"${name}" is not a name for a lab: up to 20 of a-z, 0-9 and "-", a letter first.`);
  }
  const id = `${name}-${randomBytes(4).toString('hex')}`;
  const group = `${GROUP_PREFIX}${id}`;
  createGroup(`${group}/owner`);
  createGroup(`${group}/ctl`);
  const home = joinGroup(`${group}/owner`);
  const directory = join(labsFolder(), name);
  const state: LabState = { name, id, mode, directory, group, createdAt: new Date().toISOString() };
  const draft = join(labsFolder(), `.new-${id}`);
  mkdirSync(draft, { recursive: true });
  for (const passable of [labsFolder(), draft]) chmodSync(passable, 0o711);
  mkdirSync(join(draft, 'hosts'), { mode: 0o700 });
  mkdirSync(join(draft, 'addresses'));
  writeFileSync(join(draft, 'lab.json'), JSON.stringify(state), { mode: 0o600 });
  try {
    renameSync(draft, directory);
  } catch {
    rmSync(draft, { recursive: true });
    joinGroup(home);
    void removeGroup(group);
    throw new LabError(
      `A lab named "${name}" exists. End it with "lab down --name ${name}", or take another --name.`,
    );
  }
  return { state, home };
}

/** Writes a changed state. */
export function saveState(state: LabState): void {
  const file = join(state.directory, 'lab.json');
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Reads a lab.json; undefined when there is none or it is not readable. */
export function readState(file: string): LabState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LabState;
  } catch {
    return undefined;
  }
}

/** The state of the lab `name`, or undefined. */
export function findLab(name: string): LabState | undefined {
  return readState(join(labsFolder(), name, 'lab.json'));
}

/** All labs of this machine, the dead ones too. */
export function listLabs(): LabState[] {
  return entries()
    .filter((entry) => !entry.startsWith('.'))
    .map(findLab)
    .filter((state) => state !== undefined);
}

export function isAlive(state: LabState): boolean {
  return isPopulated(`${state.group}/owner`);
}

/** Kills everything of a lab and removes its control groups and files. The caller must have left the owner's group. */
export async function destroy(state: LabState): Promise<void> {
  const grave = join(labsFolder(), `.gone-${state.id}`);
  bury(state, grave);
  await killGroup(state.group);
  await removeGroup(state.group);
  harvest(join(grave, 'hosts'));
  rmSync(grave, { recursive: true, force: true });
}

function harvest(hosts: string): void {
  if (!existsSync(hosts)) return;
  for (const host of readdirSync(hosts)) keepCapabilities(capabilitiesFolder(join(hosts, host)));
}

/** Moves the folder of a lab aside, but not that of a new lab which took the name in between. */
function bury(state: LabState, grave: string): void {
  if (findLab(state.name)?.id !== state.id) return;
  try {
    renameSync(state.directory, grave);
  } catch {
    // Somebody else is at it already; all that follows may be done twice.
  }
}

/** Removes labs whose owner is dead, and what half-made or half-removed labs left. Returns the names of the labs removed. */
export async function sweep(): Promise<string[]> {
  mkdirSync(labsFolder(), { recursive: true, mode: 0o700 });
  const dead = listLabs().filter((state) => !isAlive(state));
  for (const state of dead) await destroy(state);
  for (const entry of entries()) await sweepEntry(entry);
  const known = new Set(listLabs().map((state) => state.group));
  for (const group of listGroups(GROUP_PREFIX)) {
    if (!known.has(group) && !isPopulated(group) && isOld(unifiedFolder(group))) await removeGroup(group);
  }
  return dead.map((state) => state.name);
}

async function sweepEntry(entry: string): Promise<void> {
  const folder = join(labsFolder(), entry);
  const state = readState(join(folder, 'lab.json'));
  if (state && !entry.startsWith('.gone-')) return;
  if (!isOld(folder)) return;
  if (state) await destroy(state);
  rmSync(folder, { recursive: true, force: true });
}

function isOld(folder: string): boolean {
  const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - changed > HALF_MADE_MS;
}

function entries(): string[] {
  try {
    return readdirSync(labsFolder());
  } catch {
    return [];
  }
}
