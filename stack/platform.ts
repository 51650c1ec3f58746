/** The whole platform on this machine: servers, keys, services. */
import { join } from 'node:path';
import { type PlatformPlace } from './platform-place';
import { choosePorts } from './platform-ports';
import { gatewayHost } from './listen';
import { platformProcesses } from './platform-processes';
import { caFileOf, keepCertificates } from './platform-tls';
import { type ServerUrls } from './platform-servers';
import { closedFolder, isRoot, ownFolder } from './files';
import { layPlatformImages } from './platform-images';
import { type PlatformOptions } from './platform-options';
import { ensureKeys, type Keys } from './keys';
import { type ServiceName, type ServiceProcess } from './service-specs';
import { type SupervisedProcess } from './supervised';
import { Supervisor } from './supervisor';

/** One process of the platform, as tests and the demo see it. */
export interface RunningProcess {
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  readonly log: string;
  kill(signal: NodeJS.Signals): void;
  /** Takes it down until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Waits until it answers (again). Throws after a minute. */
  untilReady(): Promise<void>;
}

export interface RunningService extends RunningProcess {
  readonly healthUrl: string;
}

export interface Platform extends ServerUrls {
  readonly gatewayUrl: string;
  /** Answers for sites by their Host header. */
  readonly webUrl: string;
  /** The same over TLS. */
  readonly webTlsUrl: string;
  /** PEM of the platform's own certificate authority. */
  readonly caFile: string;
  /** Answers for the zone of projects, UDP and TCP on 127.0.0.1. */
  readonly dnsPort: number;
  readonly logDir: string;
  readonly keys: Keys;
  readonly services: Readonly<Record<ServiceName, RunningService>>;
  /** Undefined when the server runs elsewhere. */
  readonly postgres?: RunningProcess;
  readonly nats?: RunningProcess;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;

/** Resolves when every service is ready. Throws, with everything stopped again, when one cannot start. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  prepareFolder(options.dataDir);
  const supervisor = await Supervisor.open({
    dir: join(options.dataDir, 'run'),
    onProgress: options.onProgress,
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  const abort = (): void => void supervisor.stop();
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    return await startAll(supervisor, options);
  } catch (error) {
    await supervisor.stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

async function startAll(supervisor: Supervisor, options: PlatformOptions): Promise<Platform> {
  const place = await placeOf(options);
  const { ports, keys, logDir } = place;
  const { servers, sites, services } = await platformProcesses(place);
  const running = await supervisor.start(...servers.specs);
  await supervisor.start(...sites);
  layPlatformImages(join(options.dataDir, 'compute', 'platform-images'));
  const started = await supervisor.start(...services.map(({ spec }) => spec));
  const named = (name: string): RunningProcess | undefined => {
    const found = running.find(({ spec }) => spec.name === name);
    return found && runningProcess(found);
  };
  const { databaseUrl, natsAdminUrl, smtpUrl, mailUrl } = servers;
  const keeping = keepCertificates(place);
  return {
    gatewayUrl: `${options.tls ? 'https' : 'http'}://${gatewayHost(place.environment)}:${ports.gateway}`,
    webUrl: `http://127.0.0.1:${ports.web}`,
    webTlsUrl: `https://127.0.0.1:${ports.webTls}`,
    caFile: caFileOf(options.dataDir),
    dnsPort: ports.dns,
    logDir,
    keys,
    services: runningServices(services, started),
    postgres: named('postgres'),
    nats: named('nats'),
    ...{ databaseUrl, natsAdminUrl, smtpUrl, mailUrl },
    stop: () => {
      clearInterval(keeping);
      return supervisor.stop();
    },
  };
}

async function placeOf(options: PlatformOptions): Promise<PlatformPlace> {
  return {
    options,
    ports: await choosePorts(options.httpPort ?? 8080),
    keys: ensureKeys(join(options.dataDir, 'keys')),
    logDir: join(options.dataDir, 'logs'),
    environment: process.env,
    owner: () => undefined,
  };
}

function runningServices(
  services: readonly ServiceProcess[],
  started: readonly SupervisedProcess[],
): Record<ServiceName, RunningService> {
  const running = services.map(({ name, healthUrl }, i) => [
    name,
    Object.assign(runningProcess(started[i]), { healthUrl }),
  ]);
  return Object.fromEntries(running) as Record<ServiceName, RunningService>;
}

function runningProcess(process: SupervisedProcess): RunningProcess {
  return {
    get pid() {
      return process.pid;
    },
    log: process.spec.log,
    kill: (signal) => process.kill(signal),
    stop: () => process.stop(),
    start: () => process.start(READY_TIMEOUT_MS),
    untilReady: () => process.untilReady(READY_TIMEOUT_MS),
  };
}

/** Servers that root starts run as another user: the way to their folders must be open, not what is in them. */
function prepareFolder(dataDir: string): void {
  const closed = isRoot() ? closedFolder(join(dataDir, '..')) : undefined;
  if (closed)
    throw new Error(`Choose another data folder: ${closed} is closed to the user that Postgres runs as`);
  ownFolder(dataDir, undefined, 0o711);
}
