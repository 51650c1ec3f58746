/** `npm start`: the platform as a service in the foreground. */
import { join, resolve } from 'node:path';
import { secret } from '@nubo/config';
import { closedFolder, isRoot, projectRoot } from './files';
import { type Platform, startPlatform } from './platform';
import { type PlatformOptions } from './platform-options';

export interface StartOptions {
  readonly data?: string;
  readonly port: number;
  readonly tls?: boolean;
}

const SYSTEM_DATA_DIR = '/var/lib/nubo-platform';

/** Returns the exit code: 0 after a clean stop, 1 when the platform did not start. */
export async function runUntilSignal(options: StartOptions): Promise<number> {
  const stop = new AbortController();
  listen((signal) => {
    say(stop.signal.aborted ? `${signal}: already stopping` : `${signal}: stopping`);
    stop.abort();
  });
  try {
    const platform = await startPlatform(platformOptions(options, stop.signal));
    say(welcome(platform));
    await aborted(stop.signal);
    await platform.stop();
    say('stopped');
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    say((error as Error).message);
    return 1;
  }
}

function platformOptions({ data, port, tls }: StartOptions, signal: AbortSignal): PlatformOptions {
  const smtpUrl = secret('SMTP_URL', '');
  const dataDir = resolve(data ?? process.env.NUBO_DATA_DIR ?? defaultDataDir());
  say(`data folder ${dataDir}`);
  return {
    dataDir,
    httpPort: port,
    tls,
    mail: smtpUrl ? { smtpUrl } : 'catcher',
    fsync: true,
    databaseUrl: secret('DATABASE_URL', ''),
    natsUrl: secret('NATS_URL', ''),
    onProgress: say,
    signal,
  };
}

/** In root's home other users cannot enter, and Postgres never runs as root. */
function defaultDataDir(): string {
  const beside = join(projectRoot(), '.nubo', 'data');
  return isRoot() && closedFolder(beside) ? SYSTEM_DATA_DIR : beside;
}

function welcome({ gatewayUrl, mailUrl, logDir, caFile }: Platform): string {
  const mail = mailUrl
    ? `Mail is only caught, not sent (give SMTP_URL to send it): ${mailUrl}`
    : 'Mail goes to SMTP_URL';
  return [
    'Nubo is ready.',
    `  Swagger UI   ${gatewayUrl}/docs`,
    '  First login  root / root (must be changed at once)',
    ...(gatewayUrl.startsWith('https:')
      ? [`  Authority    ${caFile} (NODE_EXTRA_CA_CERTS, curl --cacert)`]
      : []),
    `  ${mail}`,
    `  Logs         ${logDir}`,
    '  Ctrl-C stops it; data stays.',
  ].join('\n');
}

/** Every signal is taken, also the second one: stopping is never cut short. */
function listen(onSignal: (signal: NodeJS.Signals) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done());
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
