/** Texts of the command line as values. They throw commander's error, which names the option. */
import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `500ms`, `30s`, `10m` or `1h`. */
export function duration(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  if (!digits) throw new InvalidArgumentError('Write a time like 30s, 10m or 1h.');
  return Number(digits) * UNITS[unit];
}

/** A whole number from `least` on. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`Write a whole number from ${least} on.`);
  };

const MEBI: Record<string, number> = { '': 1, M: 1, G: 1_024, T: 1_048_576 };

/** MiB of `512`, `512M`, `2G` or `2GiB`. */
export function mebibytes(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})([MGT]?)(?:i?B)?$/i.exec(text) ?? [];
  if (!digits) throw new InvalidArgumentError('Write MiB, or a size like 512M or 2G.');
  return Number(digits) * MEBI[unit.toUpperCase()];
}

/** GiB of `10`, `10G` or `1T`. */
export function gibibytes(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})([GT]?)(?:i?B)?$/i.exec(text) ?? [];
  if (!digits) throw new InvalidArgumentError('Write GiB, or a size like 10G or 1T.');
  return Number(digits) * (unit.toUpperCase() === 'T' ? 1_024 : 1);
}

/** Gathers `key=value` of options that may be given several times. */
export function labels(text: string, known: Record<string, string> = {}): Record<string, string> {
  const [, key, value = ''] = /^([^=\s]+)=(.*)$/s.exec(text) ?? [];
  if (!key) throw new InvalidArgumentError('Write key=value.');
  return { ...known, [key]: value };
}

/** Gathers the texts of options that may be given several times. */
export const several = (text: string, known: readonly string[] = []): string[] => [...known, text];

export interface Weight {
  location: string;
  weight: number;
}

/** Gathers `loc1=3` of options that may be given several times. */
export function weights(text: string, known: readonly Weight[] = []): Weight[] {
  const [, location, digits] = /^([^=\s]+)=(\d{1,4})$/.exec(text) ?? [];
  if (!location) throw new InvalidArgumentError('Write a location and a whole number: loc1=3.');
  return [...known, { location, weight: Number(digits) }];
}
