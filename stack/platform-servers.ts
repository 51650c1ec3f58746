/** Postgres, NATS and mail: embedded, or those that the operator names. */
import { join } from 'node:path';
import { natsServerConfig } from '@nubo/messaging';
import { type Keys } from './keys';
import { prepareMail } from './mail';
import { prepareNats } from './nats';
import { type PlatformOptions } from './platform-options';
import { type PlatformPorts } from './platform-ports';
import { preparePostgres } from './postgres';
import { type ServiceName } from './service-specs';
import { type SupervisedProcess } from './supervised';
import { type Supervisor } from './supervisor';

export interface ServerUrls {
  readonly databaseUrl: string;
  /** May do everything on the bus. */
  readonly natsAdminUrl: string;
  readonly smtpUrl: string;
  /** Web inbox of the mail catcher; undefined when mail is really sent. */
  readonly mailUrl?: string;
}

export interface Servers extends ServerUrls {
  readonly natsUrl: (service: ServiceName) => string;
  readonly postgres?: SupervisedProcess;
  readonly nats?: SupervisedProcess;
}

export interface ServersContext {
  readonly supervisor: Supervisor;
  readonly options: PlatformOptions;
  readonly ports: PlatformPorts;
  readonly keys: Keys;
  readonly logDir: string;
}

export async function startServers(context: ServersContext): Promise<Servers> {
  const [database, bus, mail] = await Promise.all([
    startDatabase(context),
    startBus(context),
    startMailCatcher(context),
  ]);
  return { ...database, ...bus, ...mail };
}

type Database = Pick<Servers, 'databaseUrl' | 'postgres'>;
type Bus = Pick<Servers, 'natsUrl' | 'natsAdminUrl' | 'nats'>;
type Mail = Pick<Servers, 'smtpUrl' | 'mailUrl'>;

async function startDatabase({
  supervisor,
  options,
  ports,
  keys,
  logDir,
}: ServersContext): Promise<Database> {
  if (options.databaseUrl) return { databaseUrl: options.databaseUrl };
  const { spec, url } = await preparePostgres({
    dir: join(options.dataDir, 'postgres'),
    port: ports.postgres,
    password: keys.postgresPassword,
    fsync: options.fsync,
    log: join(logDir, 'postgres.log'),
  });
  const [postgres] = await supervisor.start(spec);
  return { databaseUrl: url, postgres };
}

async function startBus({ supervisor, options, ports, keys, logDir }: ServersContext): Promise<Bus> {
  const given = options.natsUrl;
  if (given) return { natsUrl: () => given, natsAdminUrl: given };
  const passwords = keys.natsPasswords;
  const { spec, url } = await prepareNats({
    dir: join(options.dataDir, 'nats'),
    port: ports.nats,
    config: (place) => natsServerConfig({ ...place, passwords }),
    log: join(logDir, 'nats.log'),
  });
  const urlOf = (user: keyof Keys['natsPasswords']): string =>
    url.replace('//', `//${user}:${encodeURIComponent(passwords[user])}@`);
  const [nats] = await supervisor.start(spec);
  return { natsUrl: urlOf, natsAdminUrl: urlOf('admin'), nats };
}

async function startMailCatcher({ supervisor, options, ports, logDir }: ServersContext): Promise<Mail> {
  if (options.mail !== 'catcher') return { smtpUrl: options.mail.smtpUrl };
  const { spec, smtpUrl, inboxUrl } = prepareMail({
    dir: join(options.dataDir, 'mail'),
    smtpPort: ports.smtp,
    inboxPort: ports.inbox,
    log: join(logDir, 'mail.log'),
  });
  await supervisor.start(spec);
  return { smtpUrl, mailUrl: inboxUrl };
}
