/** Every process of the platform, as it is started: `npm start` supervises them, systemd's units are written from them. */
import { type ProcessSpec } from './child';
import { type PlatformPlace } from './platform-place';
import { type Servers, serverProcesses } from './platform-servers';
import { type ServiceProcess, serviceProcess, SERVICES } from './service-specs';
import { gatewayWithCertificate } from './platform-tls';
import { siteProcesses, siteSettings } from './site-servers';

export interface PlatformProcesses {
  readonly servers: Servers;
  /** The way in for files, and what makes sites reachable. */
  readonly sites: readonly ProcessSpec[];
  readonly services: readonly ServiceProcess[];
}

/** Describes them and starts none; nothing is written before a process is prepared. Throws when one has not been built. */
export async function platformProcesses(place: PlatformPlace): Promise<PlatformProcesses> {
  const servers = await serverProcesses(place);
  const sites = siteProcesses(place, servers.databaseUrl);
  const { ports, keys, logDir, environment, owner } = place;
  const { dataDir, appsDir, tls, env = {} } = place.options;
  const surroundings = { ports, keys, logDir, environment, owner, dataDir, appsDir, tls, env };
  const services = SERVICES.map((name) =>
    serviceProcess(name, { ...surroundings, ...servers, siteSettings: siteSettings(place) }),
  ).map((service) => (service.name === 'gateway' ? gatewayWithCertificate(place, service) : service));
  return { servers, sites, services };
}
