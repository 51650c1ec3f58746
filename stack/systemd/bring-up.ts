/** systemd starts, restarts and stops what was installed. */
import { basename } from 'node:path';
import { TARGET, unitOf } from './install-place';
import { stateOf, systemctl } from './systemctl';
import { waitWhile } from '../wait';
import { type Part } from './units';

const READY_TIMEOUT_MS = 180_000;

/** Resolves when every part is ready, when one is given up, or when time is up; returns systemd's state of each. */
export async function bringUp(
  parts: readonly Part[],
  changed: boolean,
  say: (line: string) => void = () => undefined,
): Promise<Record<string, string>> {
  const units = parts.map(({ spec }) => unitOf(spec.name));
  systemctl('daemon-reload');
  systemctl('enable', TARGET);
  systemctl('--no-block', changed ? 'restart' : 'start', TARGET);
  let said = '';
  const waiting = (): string | undefined => {
    const left = units.filter((unit) => stateOf(unit) !== 'active');
    if (left.some((unit) => stateOf(unit) === 'failed')) return undefined;
    const line = left.length ? `waiting for ${left.join(' ')}` : '';
    if (line && line !== said) say(line);
    said = line;
    return line || undefined;
  };
  await waitWhile(waiting, { timeoutMs: READY_TIMEOUT_MS, everyMs: 500 });
  return Object.fromEntries(units.map((unit) => [unit, stateOf(unit)]));
}

/** Those of the files that are services or the target; one that is gone already has stopped. */
export function stopUnits(files: readonly string[]): void {
  const units = unitsOf(files);
  if (units.length) systemctl('stop', ...units);
}

export const unitsOf = (files: readonly string[]): string[] =>
  files.map((path) => basename(path)).filter((name) => /\.(service|timer|target)$/.test(name));
