import { AsyncLocalStorage } from 'node:async_hooks';
import { text } from '@nubo/config';
import pino from 'pino';
import { turnLines } from './turn-lines';
import { withoutSecrets } from './redact.rules';

/** Fields that every line of the work at hand carries: requestId, tenantId, resource ids. */
export type LogFields = Record<string, string | number | null | undefined>;

const fields = new AsyncLocalStorage<LogFields>();

/** What persons wrote, or secrets: values in failed statements, and the URL that could not be read. */
const VALUES = ['parameters', 'detail', 'where', 'driverError', 'input'];

function errorLine(error: Error): object {
  const line = Object.entries(pino.stdSerializers.err(error));
  return withoutSecrets(Object.fromEntries(line.filter(([name]) => !VALUES.includes(name))));
}

/** An error is left to its serializer: a copy would be none. */
function publicLine(line: Record<string, unknown>): Record<string, unknown> {
  if (!('err' in line)) return withoutSecrets(line);
  return { ...withoutSecrets({ ...line, err: undefined }), err: line.err };
}

/** What a child carries is written down when it is made: no line of it passes {@link publicLine}. */
function refuseSecrets(child: pino.Logger): void {
  const carried = child.bindings();
  if (withoutSecrets(carried) !== carried) throw new TypeError('a logger may not carry a secret');
}

/** Options shared by the process's logger and nestjs-pino: JSON lines, the fields at hand on each, secrets redacted. */
export const LOG_OPTIONS: pino.LoggerOptions = {
  level: text('NUBO_LOG_LEVEL', 'info'),
  base: { service: text('NUBO_SERVICE', 'nubo') },
  timestamp: pino.stdTimeFunctions.isoTime,
  // pino's own redaction copies every line, and takes as long as all the rest of it.
  formatters: { level: (label) => ({ level: label }), log: publicLine },
  onChild: refuseSecrets,
  mixin: () => fields.getStore() ?? {},
  serializers: { err: errorLine },
};

/** The process's logger. */
export const log = pino(LOG_OPTIONS, turnLines());

/** Runs `work` with `more` on every line that it logs, in addition to what its caller set. */
export function withLogFields<T>(more: LogFields, work: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, work);
}
