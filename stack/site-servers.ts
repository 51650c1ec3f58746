/** What makes sites reachable: a web server and a name server, where this machine has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessSpec } from './child';
import { hasDns, prepareDns } from './dns';
import { serverUser } from './files';
import { type Keys } from './keys';
import { type PlatformPorts } from './platform-ports';
import { hasWeb, prepareWeb } from './web';

export interface SiteServersContext {
  readonly dataDir: string;
  readonly logDir: string;
  readonly ports: PlatformPorts;
  readonly keys: Keys;
  readonly databaseUrl: string;
  readonly onProgress?: (line: string) => void;
}

/** What the hosting service has to know of them. */
export function siteSettings({
  ports,
  keys,
}: Pick<SiteServersContext, 'ports' | 'keys'>): Record<string, string> {
  const owner = serverUser();
  return {
    NUBO_HOSTING_WEB_PORT: String(ports.web),
    ...(owner && { NUBO_HOSTING_WEB_OWNER: `${owner.uid}:${owner.gid}` }),
    ...(hasDns() && { NUBO_DNS_URL: `http://127.0.0.1:${ports.dnsApi}`, NUBO_DNS_KEY_FILE: keys.dnsKeyFile }),
  };
}

/** Says what is missing: without them everything but sites works. */
export function siteServers(context: SiteServersContext): ProcessSpec[] {
  const { dataDir, logDir, ports, keys, databaseUrl, onProgress } = context;
  const specs: ProcessSpec[] = [];
  if (!hasWeb()) onProgress?.('nginx is missing, sites are not served: apt-get install nginx-light');
  else {
    const sites = join(dataDir, 'hosting', 'sites');
    const dir = join(dataDir, 'web');
    specs.push(prepareWeb({ dir, port: ports.web, sites, log: join(logDir, 'web.log') }).spec);
  }
  if (!hasDns())
    onProgress?.(
      'PowerDNS is missing, names are not answered: apt-get install pdns-server pdns-backend-pgsql',
    );
  else {
    const apiKey = readFileSync(keys.dnsKeyFile, 'utf8').trim();
    const dir = join(dataDir, 'dns');
    const place = { port: ports.dns, apiPort: ports.dnsApi, apiKey, databaseUrl };
    specs.push(prepareDns({ dir, ...place, log: join(logDir, 'dns.log') }).spec);
  }
  return specs;
}
