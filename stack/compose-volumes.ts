/** What docker-compose's `setup` container makes: keys, passwords and the configuration of servers, one folder per reader. */
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsServerConfig } from '@nubo/messaging';
import { dnsConfig } from './dns';
import { writeAtomically } from './files';
import { ensureKeys, type Keys } from './keys';
import { type ServiceName, SERVICES } from './service-specs';
import { LUA, webConfig } from './web';

/**
 * `<dir>/<service>` is mounted into that service alone. The files are readable for all users, because containers
 * differ in theirs; only the container that mounts the volume can reach them.
 */
export function prepareComposeVolumes(dir: string): void {
  const keys = ensureKeys(join(dir, 'setup'));
  put(dir, 'postgres', { password: keys.postgresPassword });
  const config = natsServerConfig({
    host: '0.0.0.0',
    port: 4222,
    storeDir: '/data',
    passwords: keys.natsPasswords,
  });
  put(dir, 'nats', { 'nats.conf': config });
  SERVICES.forEach((name) => put(dir, name, secretsOf(name, keys)));
  copyKeys(dir, keys);
  prepareSites(dir, keys);
}

const databaseUrl = (keys: Keys): string => `postgres://nubo:${keys.postgresPassword}@postgres:5432/nubo`;

/** The ways to sites: SFTP, the web server and the name server. */
function prepareSites(dir: string, keys: Keys): void {
  put(dir, 'sftp', { 'sftp-secret': content(keys.sftpSecretFile) });
  const web = webConfig({ dir: '/web', host: '0.0.0.0', port: 8080, sites: '/sites/sites' });
  const lua = LUA.map((name): [string, string] => [name, content(join(__dirname, name))]);
  put(dir, 'web', { 'nginx.conf': web, ...Object.fromEntries(lua) });
  const place = { dir: '/run/pdns', host: '0.0.0.0', port: 5300, apiPort: 8053 };
  const config = dnsConfig({ ...place, apiKey: keys.dnsKey, databaseUrl: databaseUrl(keys) });
  put(dir, 'dns', { 'pdns.conf': config, 'database-url': databaseUrl(keys) });
}

function secretsOf(name: ServiceName, keys: Keys): Record<string, string> {
  const bus = `nats://${name}:${keys.natsPasswords[name]}@nats:4222`;
  const database = databaseUrl(keys);
  return name === 'gateway' ? { 'nats-url': bus } : { 'nats-url': bus, 'database-url': database };
}

function copyKeys(dir: string, keys: Keys): void {
  put(dir, 'gateway', { 'jwt.pub.pem': content(keys.jwtPublicKeyFile) });
  put(dir, 'tenant', { 'jwt.pem': content(keys.jwtKeyFile) });
  put(dir, 'hosting', { 'sftp-secret': content(keys.sftpSecretFile), 'dns-key': keys.dnsKey });
  for (const name of ['compute', 'hosting']) put(dir, name, { 'secrets.key': content(keys.secretsKeyFile) });
  for (const name of ['compute', 'network', 'pat', 'cdn', 'hosting'])
    put(dir, name, { ssh_ed25519: content(keys.sshKeyFile) });
}

/** A file that may not be written can still be replaced: `setup` runs at every `up`. */
function put(dir: string, name: string, files: Record<string, string>): void {
  mkdirSync(join(dir, name), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    const path = join(dir, name, file);
    writeAtomically(path, text);
    chmodSync(path, 0o444);
  }
}

function content(path: string): string {
  return readFileSync(path, 'utf8');
}
