/** The only reader of the environment. Values are read once, at boot; what is missing or malformed stops the boot. */
import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';

/** A setting that is missing or malformed; the message names the variable and what it must be. */
export class ConfigError extends Error {}

const missing = (name: string, what: string): never => {
  throw new ConfigError(`${name} must be set: ${what}`);
};

/** The text of variable `name`, else `fallback`. Throws {@link ConfigError} when neither is there. */
export function text(name: string, fallback?: string): string {
  return process.env[name] || (fallback ?? missing(name, 'a text'));
}

/** An integer between `min` and `max`. Throws {@link ConfigError} on anything else. */
export function integer(
  name: string,
  fallback: number,
  [min, max]: [number, number] = [0, Number.MAX_SAFE_INTEGER],
): number {
  const digits = text(name, String(fallback));
  const value = Number(digits);
  if (!/^-?\d+$/.test(digits) || !Number.isSafeInteger(value) || value < min || value > max)
    missing(name, `an integer from ${min} to ${max}`);
  return value;
}

/**
 * A secret: `NAME`, or the content of the file that `NAME_FILE` names (trailing newline dropped). Throws
 * {@link ConfigError} when there is none, or when the file is empty or cannot be read.
 */
export function secret(name: string, fallback?: string): string {
  const file = process.env[`${name}_FILE`];
  if (!file) return text(name, fallback);
  return contentOf(file, `${name}_FILE`) || missing(`${name}_FILE`, 'a file that is not empty');
}

function contentOf(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\n$/, '');
  } catch (error) {
    return missing(name, `a file that can be read (${(error as Error).message})`);
  }
}

/** A comma-separated list; empty when unset. */
export function list(name: string): string[] {
  return text(name, ' ')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

/** A comma-separated list of CIDRs; empty when unset. */
export function ranges(name: string): string[] {
  const cidrs = list(name);
  const bad = cidrs.find((cidr) => !ipaddr.isValidCIDR(cidr));
  if (bad) throw new ConfigError(`${name} must hold ranges like 10.20.0.0/16, not ${bad}`);
  return cidrs;
}

/** `first-last`, both included, 1–65535. */
export function portRange(name: string, fallback: string): { first: number; last: number } {
  const match = /^(\d+)-(\d+)$/.exec(text(name, fallback));
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!(first >= 1 && first <= last && last <= 65535)) missing(name, 'a port range like 4000-4100');
  return { first, last };
}

/** Ends the process with `code` after `ms`, in which its last log lines are written. */
export function endProcess(code: number, ms: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), ms).unref();
}

/** Runs `work` when the process is told to stop (SIGTERM, SIGINT), and then ends it: after `ms` at the latest. */
export function atStop(work: () => Promise<void>, ms: number): void {
  const stop = (): void => {
    endProcess(0, ms);
    const end = (): void => endProcess(0, 0);
    work().then(end, end);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
}

/** Runs `work`, which cannot wait for anything, when the process ends by itself or by an error that nobody caught. */
export function atEnd(work: () => void): void {
  process.on('exit', work);
}

/** Sets variables of this process, for tests that start a service in it; what is returned puts the old values back. */
export function overrideSettings(values: Record<string, string>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
