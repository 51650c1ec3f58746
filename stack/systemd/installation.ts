/** What an installation consists of: its parts, and the files that say so to systemd. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closedFolder, type Owner, projectRoot } from '../files';
import { type Keys, plannedKeys } from '../keys';
import { type PlatformPlace } from '../platform-place';
import { type PlatformPorts } from '../platform-ports';
import {
  environmentFileOf,
  type InstallPlace,
  installPlace,
  recordFile,
  RENEWAL,
  RENEWAL_TIMER,
  settingsFile,
  TARGET,
  unitOf,
} from './install-place';
import { partsOf } from './parts';
import { isPlainPath } from './quoting';
import { rotationText } from './rotation';
import { secretIn, settingsIn } from './settings';
import {
  environmentText,
  type Part,
  renewalText,
  renewalTimerText,
  SYSTEM_PATH,
  targetText,
  unitText,
} from './units';
import { ownerNamed, userOf, usersFile } from './users';

/** What the next installation and the removal have to know. */
export interface InstallRecord {
  readonly prefix: string;
  readonly program: string;
  /** Which build of the program runs. */
  readonly build: string;
  /** Chosen once; they stay although they are taken, by the installation itself. */
  readonly ports: PlatformPorts;
  /** The gateway answers over TLS. */
  readonly tls: boolean;
  /** Paths of what was written, with the SHA-256 of each. */
  readonly files: Readonly<Record<string, string>>;
  /** Users that the installation has made. */
  readonly users: readonly string[];
}

export interface PlannedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Holds secrets: it is never shown. */
  readonly secret: boolean;
}

export interface Installation {
  readonly place: InstallPlace;
  readonly ports: PlatformPorts;
  readonly keys: Keys;
  readonly version: number;
  readonly tls: boolean;
  /** The operator's. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onProgress?: (line: string) => void;
}

export function readRecord(place: InstallPlace): InstallRecord | undefined {
  const file = recordFile(place);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as InstallRecord) : undefined;
}

/**
 * Throws when systemd could not reach the program or its data under the names that units would say. Below a folder no
 * unit runs: where the program lies now is not where it will.
 */
export function assertReachable(parts: readonly Part[], place: InstallPlace): void {
  const program = [projectRoot(), process.execPath, ...parts.map(({ spec }) => spec.command)];
  [...program, place.data].forEach(assertPlain);
  (place.prefix ? [place.data] : [...program, place.data]).forEach(assertOpen);
}

function assertPlain(path: string): void {
  if (!isPlainPath(path))
    throw new Error(`${path} cannot stand in a unit: choose a folder with a plain name`);
}

function assertOpen(path: string): void {
  const closed = closedFolder(join(path, '..'));
  if (closed)
    throw new Error(
      `${closed} is closed to the users that the services run as, and ${path} lies in it: move the program, to /opt/nubo say, and run the installation there`,
    );
}

export function partsIn(installation: Installation): Promise<Part[]> {
  return partsOf(platformPlace(installation));
}

/** What is installed. Throws when nothing is. */
export function installedPlace(record: string): PlatformPlace {
  if (!existsSync(record)) throw new Error(`Nothing is installed here: ${record} is missing`);
  const { prefix, ports, tls } = JSON.parse(readFileSync(record, 'utf8')) as InstallRecord;
  const place = installPlace(prefix);
  const keys = plannedKeys(join(place.data, 'keys'));
  return platformPlace({ place, ports, tls, keys, version: 0, settings: settingsIn(settingsFile(place)) });
}

function platformPlace({ place, ports, tls, keys, settings, onProgress }: Installation): PlatformPlace {
  const environment = { ...settings, PATH: SYSTEM_PATH };
  const smtpUrl = secretIn(environment, 'SMTP_URL');
  const owners = new Map<string, Owner | undefined>();
  const owner = (part: string): Owner | undefined => {
    const user = userOf(part);
    if (!owners.has(user)) owners.set(user, ownerNamed(user));
    return owners.get(user);
  };
  return {
    options: {
      dataDir: place.data,
      mail: smtpUrl ? { smtpUrl } : 'catcher',
      fsync: true,
      tls,
      databaseUrl: secretIn(environment, 'DATABASE_URL'),
      natsUrl: secretIn(environment, 'NATS_URL'),
      onProgress,
    },
    ...{ ports, keys, environment, owner },
    logDir: place.logs,
  };
}

export function plannedFiles(parts: readonly Part[], { place, version }: Installation): PlannedFile[] {
  const open = (path: string, content: string): PlannedFile => ({
    path,
    content,
    mode: 0o644,
    secret: false,
  });
  const names = parts.map(({ spec }) => spec.name);
  return [
    open(place.users, usersFile(names, place.data)),
    open(place.rotation, rotationText(place)),
    ...parts.map((part) => ({
      path: environmentFileOf(place, part.spec.name),
      content: environmentText(part, place),
      mode: 0o600,
      secret: true,
    })),
    ...parts.map((part) =>
      open(join(place.units, unitOf(part.spec.name)), unitText(part, { place, version })),
    ),
    open(join(place.units, RENEWAL), renewalText(place)),
    open(join(place.units, RENEWAL_TIMER), renewalTimerText()),
    open(join(place.units, TARGET), targetText(parts)),
  ];
}
