import { claimPort, freePort } from './ports';
import { type ServiceName } from './service-specs';

export type PlatformPorts = Readonly<
  Record<
    | ServiceName
    | 'postgres'
    | 'nats'
    | 'smtp'
    | 'inbox'
    | 'sftp'
    | 'sftpHealth'
    | 'web'
    | 'webTls'
    | 'dns'
    | 'dnsApi',
    number
  >
>;

/**
 * The gateway's port is promised to people, the others are not: those that are taken by another program are
 * replaced by free ones. Throws when the gateway's port is taken.
 */
export async function choosePorts(gateway: number): Promise<PlatformPorts> {
  if (!(await claimPort(gateway)))
    throw new Error(`Port ${gateway} is taken: choose another one with --port`);
  const preferred = {
    tenant: gateway + 1,
    compute: gateway + 2,
    network: gateway + 3,
    pat: gateway + 4,
    cdn: gateway + 5,
    hosting: gateway + 6,
    sftp: gateway + 7,
    web: gateway + 8,
    sftpHealth: gateway + 9,
    webTls: gateway + 10,
    dns: 5300,
    dnsApi: 8053,
    postgres: 15432,
    nats: 14222,
    smtp: 1025,
    inbox: 1080,
  };
  const chosen = Object.entries(preferred).map(async ([name, port]) => [
    name,
    (await claimPort(port)) ? port : await freePort(),
  ]);
  return { gateway, ...(Object.fromEntries(await Promise.all(chosen)) as Omit<PlatformPorts, 'gateway'>) };
}
