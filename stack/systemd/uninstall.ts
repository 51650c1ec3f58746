/** Takes away what an installation has written, and nothing else. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRoot, removeFolder } from '../files';
import { stopUnits, unitsOf } from './bring-up';
import { type InstallPlace, installPlace, recordFile, settingsFile, TARGET } from './install-place';
import { type InstallRecord, readRecord } from './installation';
import { stateOf, systemctl, systemdRuns } from './systemctl';
import { removeUser } from './users';
import { digest, removeEmpty } from './written';

export interface UninstallOptions {
  readonly prefix?: string;
  /** Data, keys, logs, settings and users go too. */
  readonly purge: boolean;
}

export interface UninstallReport {
  readonly removed: readonly string[];
  /** Were not as they had been written. */
  readonly changed: readonly string[];
  /** Are left where they are. */
  readonly kept: readonly string[];
}

/** Throws when nothing is installed, or when systemd cannot stop it: then nothing has been removed. */
export function uninstall({ prefix, purge }: UninstallOptions): UninstallReport {
  if (!isRoot()) throw new Error('What root has installed root removes: run it with sudo');
  const place = installPlace(prefix);
  const record = readRecord(place);
  if (!record) throw new Error(`Nothing is installed here: ${recordFile(place)} is missing`);
  const files = Object.keys(record.files).filter((path) => existsSync(path));
  const changed = files.filter((path) => digest(readFileSync(path, 'utf8')) !== record.files[path]);
  const managed = !place.prefix && systemdRuns();
  if (managed) {
    stopUnits(files);
    systemctl('disable', TARGET);
  }
  files.forEach((path) => rmSync(path));
  if (managed) forgetUnits(files);
  if (purge) removeData(place, record);
  rmSync(recordFile(place), { force: true });
  [...new Set(files.map(dirname)), place.config]
    .filter((dir) => dir.startsWith(place.config))
    .forEach(removeEmpty);
  const kept = [place.data, place.logs, settingsFile(place), ...dropIns(files)].filter((path) =>
    existsSync(path),
  );
  return { removed: files, changed, kept };
}

/** A unit that had failed would be listed for as long as the machine is up. */
function forgetUnits(files: readonly string[]): void {
  systemctl('daemon-reload');
  const failed = unitsOf(files).filter((unit) => stateOf(unit) === 'failed');
  if (failed.length) systemctl('reset-failed', ...failed);
}

function removeData(place: InstallPlace, { users }: InstallRecord): void {
  [place.data, place.logs, settingsFile(place)].forEach(removeFolder);
  users.forEach(removeUser);
}

/** What `systemctl edit` has made is the operator's. */
const dropIns = (files: readonly string[]): string[] =>
  files.filter((path) => path.endsWith('.service')).map((path) => `${path}.d`);

/** Says before anything happens what will. */
export function announcement(place: InstallPlace, purge: boolean): string {
  const count = Object.keys(readRecord(place)?.files ?? {}).length;
  const data = [place.data, place.logs, settingsFile(place)].join(', ');
  return purge
    ? `All parts are stopped; ${count} files, and ${data} with everything in them, are removed for ever.`
    : `All parts are stopped and ${count} files removed; ${data} stay.`;
}
