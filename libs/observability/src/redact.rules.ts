const SECRETS = new Set(['password', 'currentPassword', 'token', 'authorization', 'cookie']);
const CENSOR = '…';
/** Levels of a line that are looked at, as pino's paths `a`, `*.a` and `*.*.a` would. */
const DEPTH = 3;

/** The line with `…` for every secret in it; the same object when it holds none. Never changes what it is given. */
export function withoutSecrets<T extends object>(line: T): T {
  return censored(line, DEPTH) as T;
}

function censored(value: object, depth: number): object {
  let copy: Record<string, unknown> | undefined;
  for (const [name, child] of Object.entries(value) as [string, unknown][]) {
    const shown = shownAs(name, child, depth);
    if (shown === child) continue;
    copy ??= (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
    copy[name] = shown;
  }
  return copy ?? value;
}

function shownAs(name: string, child: unknown, depth: number): unknown {
  if (SECRETS.has(name)) return CENSOR;
  return typeof child === 'object' && child !== null && depth > 1 ? censored(child, depth - 1) : child;
}
