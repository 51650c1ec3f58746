/** The whole platform on this machine: servers, keys, services. */
import { join } from 'node:path';
import { type PlatformPorts, choosePorts } from './platform-ports';
import { type ServerUrls, startServers } from './platform-servers';
import { closedFolder, isRoot, ownFolder } from './files';
import { layPlatformImages } from './platform-images';
import { type PlatformOptions } from './platform-options';
import { ensureKeys, type Keys } from './keys';
import { type ServiceName, serviceProcess, SERVICES } from './service-specs';
import { siteServers, siteSettings } from './site-servers';
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
  const ports = await choosePorts(options.httpPort ?? 8080);
  const keys = ensureKeys(join(options.dataDir, 'keys'));
  const logDir = join(options.dataDir, 'logs');
  const servers = await startServers({ supervisor, options, ports, keys, logDir });
  const sites = siteServers({ ...options, ...servers, ports, keys, logDir });
  await supervisor.start(...sites);
  const services = await startServices(supervisor, options, { ...servers, ports, keys, logDir });
  const { databaseUrl, natsAdminUrl, smtpUrl, mailUrl } = servers;
  return {
    gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
    webUrl: `http://127.0.0.1:${ports.web}`,
    dnsPort: ports.dns,
    logDir,
    keys,
    services,
    postgres: servers.postgres && runningProcess(servers.postgres),
    nats: servers.nats && runningProcess(servers.nats),
    ...{ databaseUrl, natsAdminUrl, smtpUrl, mailUrl },
    stop: () => supervisor.stop(),
  };
}

interface Surroundings extends ServerUrls {
  readonly ports: PlatformPorts;
  readonly keys: Keys;
  readonly logDir: string;
  readonly natsUrl: (service: ServiceName) => string;
}

async function startServices(
  supervisor: Supervisor,
  { dataDir, appsDir, env = {} }: PlatformOptions,
  surroundings: Surroundings,
): Promise<Record<ServiceName, RunningService>> {
  const all = SERVICES.map((name) =>
    serviceProcess(name, {
      ...surroundings,
      siteSettings: siteSettings(surroundings),
      dataDir,
      appsDir,
      env,
    }),
  );
  // The web server is another user and passes through to the sites.
  all.forEach(({ name }) => ownFolder(join(dataDir, name), undefined, name === 'hosting' ? 0o711 : 0o700));
  layPlatformImages(join(dataDir, 'compute', 'platform-images'));
  const started = await supervisor.start(...all.map(({ spec }) => spec));
  const running = started.map((process, i) => [
    all[i].name,
    Object.assign(runningProcess(process), { healthUrl: all[i].healthUrl }),
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
