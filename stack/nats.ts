/** A nats-server with JetStream. */
import { join } from 'node:path';
import { type Owner, ownFolder, serverUser, writeAtomically } from './files';
import { natsBinary } from './nats-binary';
import { greeting } from './ports';
import { type PreparedServer, type Server, startServer } from './server';

export interface NatsPlace {
  readonly port: number;
  /** Folder of the JetStream store. */
  readonly storeDir: string;
}

export interface NatsOptions {
  /** Holds the configuration and the JetStream store. */
  readonly dir: string;
  readonly port: number;
  /** Text of the configuration file; it must listen on `port` and keep JetStream in `storeDir`. */
  readonly config: (place: NatsPlace) => string | Promise<string>;
  /** User and password of the returned url. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Default `<dir>.log`. */
  readonly log?: string;
  /** Default nobody when we are root. */
  readonly user?: Owner;
}

/** Starts nats-server and waits until it greets clients. Throws with the end of its log. */
export async function startNats(options: NatsOptions): Promise<Server> {
  const { spec, url } = await prepareNats(options);
  return startServer(spec, url);
}

export async function prepareNats(options: NatsOptions): Promise<PreparedServer> {
  const { dir, port, config, login } = options;
  const owner = options.user ?? serverUser();
  const command = await natsBinary();
  const storeDir = join(dir, 'jetstream');
  const configFile = join(dir, 'nats.conf');
  const userInfo = login ? `${login.user}:${encodeURIComponent(login.password)}@` : '';
  return {
    url: `nats://${userInfo}127.0.0.1:${port}`,
    spec: {
      name: 'nats',
      command,
      args: ['-c', configFile],
      log: options.log ?? `${dir}.log`,
      user: owner,
      prepare: async () => {
        [dir, storeDir].forEach((folder) => ownFolder(folder, owner));
        writeAtomically(configFile, await config({ port, storeDir }), owner);
      },
      notReady: async () => notGreeting(port),
    },
  };
}

/** The first line of a NATS server is `INFO {…,"jetstream":true,…}` once clients are welcome. */
async function notGreeting(port: number): Promise<string | undefined> {
  const info = await greeting(port);
  return info?.startsWith('INFO ') ? undefined : `no greeting on port ${port}`;
}

/** One user who may do everything: for tests. */
export function openNatsConfig(password: string): (place: NatsPlace) => string {
  return ({ port, storeDir }) =>
    [
      'host: "127.0.0.1"',
      `port: ${port}`,
      `jetstream { store_dir: "${storeDir}" }`,
      `authorization { users: [ { user: "admin", password: "${password}" } ] }`,
      '',
    ].join('\n');
}

/**
 * For test files that run side by side: besides "admin" the users t0, t1, … with the same password. Each has an account,
 * and so subjects, streams and consumers, of its own.
 */
export function separateBusesConfig(password: string, count: number): (place: NatsPlace) => string {
  const names = ['admin', ...Array.from({ length: count }, (_, i) => `t${i}`)];
  const account = (name: string): string =>
    `  BUS_${name}: { jetstream: enabled, users: [ { user: "${name}", password: "${password}" } ] }`;
  return ({ port, storeDir }) =>
    [
      'host: "127.0.0.1"',
      `port: ${port}`,
      `jetstream { store_dir: "${storeDir}" }`,
      'accounts {',
      ...names.map(account),
      '}',
      '',
    ].join('\n');
}
