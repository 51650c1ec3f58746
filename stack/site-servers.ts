/** What makes sites reachable: a web server and a name server, where this machine has them. */
import { join } from 'node:path';
import { type ProcessSpec } from './child';
import { hasDns, prepareDns } from './dns';
import { ownFolder, projectRoot, serverUser } from './files';
import { notHealthy } from './health';
import { listenAt } from './listen';
import { type PlatformPlace } from './platform-place';
import { ensureWebCertificate, webTls } from './platform-tls';
import { inherited } from './service-specs';
import { hasWeb, prepareWeb, WEB_PACKAGES } from './web';

/** What the hosting service has to know of them. */
export function siteSettings({ ports, keys, owner }: PlatformPlace): Record<string, string> {
  const web = owner('web') ?? serverUser();
  const other = web && web.uid !== (owner('hosting')?.uid ?? process.getuid?.());
  return {
    NUBO_HOSTING_WEB_PORT: String(ports.web),
    NUBO_HOSTING_TLS_PORT: String(ports.webTls),
    NUBO_SFTP_HOST: '127.0.0.1',
    NUBO_SFTP_PORT: String(ports.sftp),
    ...(other && { NUBO_HOSTING_WEB_OWNER: `${web.uid}:${web.gid}` }),
    ...(hasDns() && { NUBO_DNS_URL: `http://127.0.0.1:${ports.dnsApi}`, NUBO_DNS_KEY_FILE: keys.dnsKeyFile }),
  };
}

/** Says what is missing: without them everything but sites works. */
export function siteProcesses(place: PlatformPlace, databaseUrl: string): ProcessSpec[] {
  const { logDir, ports, keys, owner, environment, options } = place;
  const { dataDir, onProgress } = options;
  const specs = [sftpServer(place)];
  if (!hasWeb())
    onProgress?.(`nginx or its Lua is missing, sites are not served: apt-get install ${WEB_PACKAGES}`);
  else {
    const sites = join(dataDir, 'hosting', 'sites');
    const dir = join(dataDir, 'web');
    const log = join(logDir, 'web.log');
    const tls = webTls(place);
    const host = listenAt(environment, 'NUBO_HOSTING_LISTEN');
    const { spec } = prepareWeb({ dir, host, port: ports.web, sites, tls, log, user: owner('web') });
    const prepare = async () => {
      await spec.prepare?.();
      await ensureWebCertificate(place);
    };
    specs.push({ ...spec, prepare });
  }
  if (!hasDns())
    onProgress?.(
      'PowerDNS is missing, names are not answered: apt-get install pdns-server pdns-backend-pgsql',
    );
  else {
    const dir = join(dataDir, 'dns');
    const at = {
      port: ports.dns,
      questionsHost: listenAt(environment, 'NUBO_DNS_LISTEN'),
      apiPort: ports.dnsApi,
      apiKey: keys.dnsKey,
      databaseUrl,
      user: owner('dns'),
    };
    specs.push(prepareDns({ dir, ...at, log: join(logDir, 'dns.log') }).spec);
  }
  return specs;
}

/** The way in for files; it needs nothing that Node does not have. */
function sftpServer({ logDir, ports, keys, owner, environment, options }: PlatformPlace): ProcessSpec {
  const { dataDir, env } = options;
  const dir = join(dataDir, 'sftp');
  const user = owner('sftp');
  return {
    name: 'sftp',
    command: process.execPath,
    args: ['--enable-source-maps', join(projectRoot(), 'dist', 'apps', 'sftp', 'src', 'main.js')],
    env: {
      ...inherited(environment),
      NODE_ENV: 'production',
      NUBO_DATA_DIR: dir,
      NUBO_SFTP_LISTEN: listenAt(environment, 'NUBO_SFTP_LISTEN'),
      NUBO_SFTP_PORT: String(ports.sftp),
      NUBO_SFTP_SECRET_FILE: keys.sftpSecretFile,
      NUBO_HOSTING_URL: `http://127.0.0.1:${ports.hosting}`,
      NUBO_HOSTING_DIR: join(dataDir, 'hosting'),
      NUBO_HTTP_HOST: '127.0.0.1',
      NUBO_HTTP_PORT: String(ports.sftpHealth),
      ...env,
    },
    cwd: projectRoot(),
    log: join(logDir, 'sftp.log'),
    user,
    prepare: async () => ownFolder(dir, user),
    notReady: () => notHealthy(`http://127.0.0.1:${ports.sftpHealth}/health/ready`),
  };
}
