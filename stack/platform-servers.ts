/** Postgres, NATS and mail: embedded, or those that the operator names. */
import { join } from 'node:path';
import { type ProcessSpec } from './child';
import type { natsServerConfig as NatsServerConfig } from '@nubo/messaging';
import { type Keys } from './keys';
import { prepareMail } from './mail';
import { prepareNats } from './nats';
import { type PlatformPlace } from './platform-place';
import { preparePostgres } from './postgres';
import { type ServiceName } from './service-specs';

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
  /** Those that do not run elsewhere. */
  readonly specs: readonly ProcessSpec[];
}

export async function serverProcesses(place: PlatformPlace): Promise<Servers> {
  const [database, bus] = await Promise.all([databaseProcess(place), busProcess(place)]);
  const mail = mailProcess(place);
  const specs = [database, bus, mail].flatMap(({ spec }) => (spec ? [spec] : []));
  const { databaseUrl } = database;
  const { natsUrl, natsAdminUrl } = bus;
  const { smtpUrl, mailUrl } = mail;
  return { databaseUrl, natsUrl, natsAdminUrl, smtpUrl, mailUrl, specs };
}

type With<T> = T & { readonly spec?: ProcessSpec };

async function databaseProcess(place: PlatformPlace): Promise<With<Pick<Servers, 'databaseUrl'>>> {
  const { options, ports, keys, logDir, owner } = place;
  if (options.databaseUrl) return { databaseUrl: options.databaseUrl };
  const { spec, url } = await preparePostgres({
    dir: join(options.dataDir, 'postgres'),
    port: ports.postgres,
    password: keys.postgresPassword,
    fsync: options.fsync,
    log: join(logDir, 'postgres.log'),
    user: owner('postgres'),
  });
  return { databaseUrl: url, spec };
}

async function busProcess(place: PlatformPlace): Promise<With<Pick<Servers, 'natsUrl' | 'natsAdminUrl'>>> {
  const { options, ports, keys, logDir, owner } = place;
  const given = options.natsUrl;
  if (given) return { natsUrl: () => given, natsAdminUrl: given };
  const passwords = keys.natsPasswords;
  const { spec, url } = await prepareNats({
    dir: join(options.dataDir, 'nats'),
    port: ports.nats,
    config: (where) => serverConfig({ ...where, passwords }),
    log: join(logDir, 'nats.log'),
    user: owner('nats'),
  });
  const urlOf = (user: keyof Keys['natsPasswords']): string =>
    url.replace('//', `//${user}:${encodeURIComponent(passwords[user])}@`);
  return { natsUrl: urlOf, natsAdminUrl: urlOf('admin'), spec };
}

/** Loaded when it is needed: it brings most of Nest with it, and the units of systemd start this program often. */
async function serverConfig(options: Parameters<typeof NatsServerConfig>[0]): Promise<string> {
  const { natsServerConfig } = await import('@nubo/messaging');
  return natsServerConfig(options);
}

function mailProcess(place: PlatformPlace): With<Pick<Servers, 'smtpUrl' | 'mailUrl'>> {
  const { options, ports, logDir, owner } = place;
  if (options.mail !== 'catcher') return { smtpUrl: options.mail.smtpUrl };
  const { spec, smtpUrl, inboxUrl } = prepareMail({
    dir: join(options.dataDir, 'mail'),
    smtpPort: ports.smtp,
    inboxPort: ports.inbox,
    log: join(logDir, 'mail.log'),
    user: owner('mail'),
  });
  return { smtpUrl, mailUrl: inboxUrl, spec };
}
