/** The platform's services as processes: which one gets which settings and secrets. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessSpec } from './child';
import { ownFolder, type Owner, projectRoot } from './files';
import { notHealthy } from './health';
import { type Keys } from './keys';
import { gatewayHost, listenAt } from './listen';

export const SERVICES = ['gateway', 'tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface ServicePlaces {
  /** Holds `<service>/src/main.js`; default dist/apps. */
  readonly appsDir?: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly databaseUrl: string;
  readonly natsUrl: (service: ServiceName) => string;
  readonly smtpUrl: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  readonly keys: Keys;
  /** Settings of hosting: where its web and name servers are. */
  readonly siteSettings?: Readonly<Record<string, string>>;
  /** Settings that the caller adds for all services. */
  readonly env: Readonly<Record<string, string>>;
  /** The gateway answers over TLS. */
  readonly tls?: boolean;
  /** The operator's settings. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whom a service runs as; undefined = as us. */
  readonly owner: (name: string) => Owner | undefined;
}

export interface ServiceProcess {
  readonly name: ServiceName;
  readonly healthUrl: string;
  readonly spec: ProcessSpec;
}

/** Where a service tells whether it is ready. */
export function healthUrlOf(name: ServiceName, { ports, environment }: ServicePlaces): string {
  const host = name === 'gateway' ? gatewayHost(environment) : '127.0.0.1';
  return `http://${host}:${ports[name]}/health/ready`;
}

/** Throws when a service has not been built. */
export function serviceProcess(name: ServiceName, places: ServicePlaces): ServiceProcess {
  const main = join(places.appsDir ?? join(projectRoot(), 'dist', 'apps'), name, 'src', 'main.js');
  if (!existsSync(main))
    throw new Error(`The service ${name} is not built (${main} is missing): run npm run build`);
  const { environment, dataDir } = places;
  const healthUrl = healthUrlOf(name, places);
  const user = places.owner(name);
  return {
    name,
    healthUrl,
    spec: {
      name,
      command: process.execPath,
      args: ['--enable-source-maps', main],
      env: {
        ...inherited(environment),
        ...withoutGiven(settingsOf(name, places), environment),
        ...places.env,
      },
      cwd: projectRoot(),
      log: join(places.logDir, `${name}.log`),
      user,
      // The web server is another user and passes through to the sites.
      prepare: async () => ownFolder(join(dataDir, name), user, name === 'hosting' ? 0o711 : 0o700),
      notReady: () => notHealthy(healthUrl),
    },
  };
}

/** Each service gets the secrets that it needs and no other's. */
export function settingsOf(name: ServiceName, places: ServicePlaces): Record<string, string> {
  const { keys, ports } = places;
  const common = {
    NODE_ENV: 'production',
    NUBO_SERVICE: name,
    NATS_URL: places.natsUrl(name),
    NUBO_HTTP_HOST: '127.0.0.1',
    NUBO_HTTP_PORT: String(ports[name]),
    NUBO_DATA_DIR: join(places.dataDir, name),
    NUBO_PUBLIC_URL: `${places.tls ? 'https' : 'http'}://${gatewayHost(places.environment)}:${ports.gateway}`,
  };
  const database = { DATABASE_URL: places.databaseUrl };
  const ssh = { NUBO_SSH_KEY_FILE: keys.sshKeyFile };
  switch (name) {
    case 'gateway':
      return {
        ...common,
        NUBO_HTTP_HOST: listenAt(places.environment, 'NUBO_LISTEN'),
        NUBO_JWT_PUBLIC_KEY_FILE: keys.jwtPublicKeyFile,
      };
    case 'tenant':
      return { ...common, ...database, SMTP_URL: places.smtpUrl, NUBO_JWT_KEY_FILE: keys.jwtKeyFile };
    case 'compute':
      return { ...common, ...database, ...ssh, NUBO_SECRETS_KEY_FILE: keys.secretsKeyFile };
    case 'network':
    case 'pat':
    case 'cdn':
      return { ...common, ...database, ...ssh };
    case 'hosting':
      return {
        ...{ ...common, ...database, ...ssh, NUBO_SFTP_SECRET_FILE: keys.sftpSecretFile },
        NUBO_SECRETS_KEY_FILE: keys.secretsKeyFile,
        ...places.siteSettings,
      };
  }
}

/** The operator's environment, without what the platform decides itself and without npm's. */
export function inherited(environment: NodeJS.ProcessEnv): Record<string, string> {
  const decided = /^(DATABASE_URL|NATS_URL|SMTP_URL|NUBO_HTTP_|npm_|NUBO_DATA_DIR$|NUBO_TEST_)/;
  const kept = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && !decided.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

/** Keys and the addresses that people are told are the operator's to choose: NAME or NAME_FILE of theirs replaces NAME_FILE of ours. */
export function withoutGiven(
  settings: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const given = (name: string): boolean =>
    /^NUBO_(PUBLIC_URL|SFTP_HOST|SFTP_PORT|HOSTING_WEB_PORT|HOSTING_TLS_PORT|\w+_KEY_FILE)$/.test(name) &&
    Boolean(environment[name] || environment[name.replace(/_FILE$/, '')]);
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !given(name)));
}
