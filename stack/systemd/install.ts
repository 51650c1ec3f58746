/** Puts the platform on this machine as a service; run again, it changes what has changed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, ownFolder, projectRoot, writeAtomically } from '../files';
import { ensureKeys, plannedKeys } from '../keys';
import { gatewayHost } from '../listen';
import { layPlatformImages } from '../platform-images';
import { choosePorts, type PlatformPorts } from '../platform-ports';
import { freePort } from '../ports';
import { bringUp, stopUnits } from './bring-up';
import { type InstallPlace, installPlace, recordFile, settingsFile } from './install-place';
import {
  assertReachable,
  type Installation,
  type InstallRecord,
  partsIn,
  type PlannedFile,
  plannedFiles,
  readRecord,
} from './installation';
import { settingsIn, settingsOfShell, settingsText } from './settings';
import { systemdRuns, systemdVersion } from './systemctl';
import { type Part } from './units';
import { makeUsers, ownerNamed, userOf, usersFile } from './users';
import { actionFor, digest, type FileAction, put } from './written';

export interface InstallOptions {
  /** Everything goes below this folder, nothing is started, no users are made. */
  readonly prefix?: string;
  /** REST port of the gateway; default 8080, or what it was. */
  readonly port?: number;
  /** The gateway answers over TLS; default no, or as it was. */
  readonly tls?: boolean;
  readonly dryRun?: boolean;
  /** Off: somebody else starts it. */
  readonly start: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress?: (line: string) => void;
}

export interface InstallReport {
  readonly files: readonly (PlannedFile & { readonly action: FileAction })[];
  /** Written by an earlier installation, and no longer needed. */
  readonly removed: readonly string[];
  /** Those that were missing. */
  readonly users: readonly string[];
  readonly ports: PlatformPorts;
  readonly gatewayUrl: string;
  /** systemd's state of each unit; undefined when nothing was started. */
  readonly states?: Readonly<Record<string, string>>;
}

/** Throws, having written nothing, when this machine or the program's place will not do. */
export async function install(options: InstallOptions): Promise<InstallReport> {
  if (!isRoot()) throw new Error('Units, users and folders of the system are made by root: run it with sudo');
  const place = installPlace(options.prefix);
  const before = readRecord(place);
  const planned = await plan(options, place, before);
  const first = await partsIn(planned);
  assertReachable(first, place);
  const users = missingUsers(first);
  if (options.dryRun) return reportOf(first, planned, { users, before });
  makeFolders(place, planned);
  if (!place.prefix) makeUsersOf(first, place);
  const installation = { ...planned, keys: ensureKeys(join(place.data, 'keys')) };
  // Now that there are users and keys, the environments are complete.
  const parts = await partsIn(installation);
  const report = reportOf(parts, installation, { users, before });
  const build = buildOf();
  const changed = before?.build !== build || report.files.some(({ action }) => action !== 'keep');
  writeAll(report, installation, { build, before });
  layContent(place, parts);
  const started = options.start && !place.prefix && systemdRuns();
  return started ? { ...report, states: await bringUp(parts, changed, options.onProgress) } : report;
}

async function plan(
  { port, tls, environment, onProgress }: InstallOptions,
  place: InstallPlace,
  before?: InstallRecord,
): Promise<Installation> {
  const file = settingsFile(place);
  const shell = settingsOfShell(environment);
  const settings = existsSync(file) ? settingsIn(file) : shell;
  const unused = Object.keys(shell).filter((name) => settings[name] !== shell[name]);
  if (unused.length) onProgress?.(`${unused.join(', ')} of your shell: not used, ${file} says what is`);
  return {
    ...{ place, settings, onProgress },
    ports: before ? await keptPorts(before.ports, port) : await choosePorts(port ?? 8080),
    keys: plannedKeys(join(place.data, 'keys')),
    version: systemdVersion(),
    tls: tls ?? before?.tls ?? false,
  };
}

/** What an earlier version had no port for gets one now. */
async function keptPorts(ports: PlatformPorts, gateway = ports.gateway): Promise<PlatformPorts> {
  return { ...(await choosePorts(await freePort())), ...ports, gateway };
}

const missingUsers = (parts: readonly Part[]): string[] =>
  [...new Set(parts.map(({ spec }) => userOf(spec.name)))].filter((user) => !ownerNamed(user));

function reportOf(
  parts: readonly Part[],
  installation: Installation,
  { users, before }: { users: string[]; before?: InstallRecord },
): InstallReport {
  const files = plannedFiles(parts, installation).map((file) => ({ ...file, action: actionFor(file) }));
  const removed = Object.keys(before?.files ?? {}).filter(
    (path) => !files.some((file) => file.path === path),
  );
  const { ports, tls, place, settings } = installation;
  const gatewayUrl = `${tls ? 'https' : 'http'}://${gatewayHost(settings)}:${ports.gateway}`;
  return { files, removed, users: place.prefix ? [] : users, ports, gatewayUrl };
}

/** Services pass through the data folder to their own; what they say is for root. */
function makeFolders(place: InstallPlace, { settings }: Installation): void {
  ownFolder(place.data, undefined, 0o711);
  ownFolder(place.logs, undefined, 0o750);
  ownFolder(place.config, undefined, 0o700);
  const file = settingsFile(place);
  if (!existsSync(file)) writeAtomically(file, settingsText(settings));
}

function makeUsersOf(parts: readonly Part[], place: InstallPlace): void {
  const names = parts.map(({ spec }) => spec.name);
  put({ path: place.users, content: usersFile(names, place.data), mode: 0o644, secret: false });
  makeUsers(place.users);
}

/** The record comes first: whatever is written stands in it. */
function writeAll(
  { files, removed, users, ports }: InstallReport,
  { place, tls }: Installation,
  { build, before }: { build: string; before?: InstallRecord },
): void {
  const written = Object.fromEntries(files.map(({ path, content }) => [path, digest(content)]));
  const record = {
    ...{ prefix: place.prefix, program: projectRoot(), ports, tls, build },
    users: [...new Set([...(before?.users ?? []), ...users])],
  };
  const note = (known: InstallRecord['files']): void =>
    writeAtomically(recordFile(place), `${JSON.stringify({ ...record, files: known }, null, 2)}\n`);
  note({ ...before?.files, ...written });
  files.filter(({ action }) => action !== 'keep').forEach(put);
  if (!place.prefix && systemdRuns()) stopUnits(removed);
  removed.forEach((path) => rmSync(path, { force: true }));
  note(written);
}

/** SFTP and the web server see the folder of hosting from their start on, which may be earlier. */
function layContent(place: InstallPlace, parts: readonly Part[]): void {
  const hosting = parts.find(({ spec }) => spec.name === 'hosting');
  ownFolder(join(place.data, 'hosting'), hosting?.spec.user, 0o711);
  layPlatformImages(join(place.data, 'compute', 'platform-images'));
}

/** scripts/lib/build.mjs leaves it beside what it has built. */
function buildOf(): string {
  const stamp = join(projectRoot(), 'dist', '.nubo-build');
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
}
