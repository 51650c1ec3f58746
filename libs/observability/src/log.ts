import { AsyncLocalStorage } from 'node:async_hooks';
import { text } from '@nubo/config';
import pino from 'pino';

/** Fields that every line of the work at hand carries: requestId, tenantId, resource ids. */
export type LogFields = Record<string, string | number | null | undefined>;

const fields = new AsyncLocalStorage<LogFields>();

/** What persons wrote, or secrets: values in failed statements, and the URL that could not be read. */
const VALUES = ['parameters', 'detail', 'where', 'driverError', 'input'];

function errorLine(error: Error): object {
  const line = Object.entries(pino.stdSerializers.err(error));
  return Object.fromEntries(line.filter(([name]) => !VALUES.includes(name)));
}

const SECRETS = ['password', 'currentPassword', 'token', 'authorization', 'cookie'];

/** Options shared by the process's logger and nestjs-pino: JSON lines, the fields at hand on each, secrets redacted. */
export const LOG_OPTIONS: pino.LoggerOptions = {
  level: text('NUBO_LOG_LEVEL', 'info'),
  base: { service: text('NUBO_SERVICE', 'nubo') },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: () => fields.getStore() ?? {},
  serializers: { err: errorLine },
  redact: {
    paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
    censor: '…',
  },
};

/** The process's logger. */
export const log = pino(LOG_OPTIONS);

/** Runs `work` with `more` on every line that it logs, in addition to what its caller set. */
export function withLogFields<T>(more: LogFields, work: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, work);
}
