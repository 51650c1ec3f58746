/** The line of `ls -l` that clients show as they get it. */
import type { Attributes } from './answers';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TYPES: Readonly<Record<number, string>> = { 0o040000: 'd', 0o120000: 'l', 0o100000: '-' };
const HALF_A_YEAR_S = 182 * 86_400;

const pad = (value: number): string => String(value).padStart(2, '0');

const permissions = (mode: number): string =>
  [...'rwxrwxrwx'].map((letter, index) => (mode & (0o400 >> index) ? letter : '-')).join('');

function when(seconds: number, now: number): string {
  const date = new Date(seconds * 1000);
  const recent = Math.abs(now - seconds) < HALF_A_YEAR_S;
  const last = recent
    ? `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`
    : ` ${date.getUTCFullYear()}`;
  return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${last}`;
}

/** @param now seconds */
export function longName(name: string, { mode, size, mtime }: Attributes, now: number): string {
  const type = TYPES[mode & 0o170000] ?? '?';
  const length = String(size).padStart(12);
  return `${type}${permissions(mode)}    1 nubo     nubo     ${length} ${when(mtime, now)} ${name}`;
}
