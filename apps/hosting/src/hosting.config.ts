import { Resolver } from 'node:dns';
import { isIPv4 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { ConfigError, integer, list, secret, text } from '@nubo/config';

const ZONE = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The service's settings, read at boot. */
@Injectable()
export class HostingConfig {
  /** Holds uploads, releases and logs. */
  readonly folder = text('NUBO_DATA_DIR');
  /** The DNS zone in which projects are named. */
  readonly zone = zoneOf(text('NUBO_HOSTING_ZONE', 'sites.nubo.test'));
  /** The port at which people reach sites. */
  readonly webPort = integer('NUBO_HOSTING_WEB_PORT', 80, [1, 65_535]);
  /** The same over TLS; 0: sites are not served over TLS. */
  readonly tlsPort = integer('NUBO_HOSTING_TLS_PORT', 0, [0, 65_535]);
  /** Where certificates of people's own domains are asked for (RFC 8555); empty: nowhere. */
  readonly acmeUrl = acmeUrlOf(text('NUBO_ACME_DIRECTORY_URL', ''));
  /** Whom the authority may write to; and the authority of its own certificate, PEM, where that is no public one. */
  readonly acmeEmail = text('NUBO_ACME_EMAIL', '');
  readonly acmeCa = secret('NUBO_ACME_CA', '');
  /** Where the web server is: what all names in the zone lead to. */
  readonly address = addressOf(text('NUBO_HOSTING_ADDRESS', '127.0.0.1'));
  /** The API of PowerDNS and its key; without it the zone is kept elsewhere. */
  readonly dnsUrl = text('NUBO_DNS_URL', '').replace(/\/$/, '');
  readonly dnsKey = secret('NUBO_DNS_KEY', '');
  /** Whom to ask for the records of domains: addresses, with a port if it is not 53; none: whom this machine asks. */
  readonly resolvers = resolversOf(list('NUBO_HOSTING_RESOLVERS'));
  /** Names of the platform itself. */
  private readonly publicUrl = text('NUBO_PUBLIC_URL', 'http://127.0.0.1:8080');
  /** Where people reach SFTP. */
  readonly sftpHost = text('NUBO_SFTP_HOST', `sftp.${this.zone}`);
  readonly sftpPort = integer('NUBO_SFTP_PORT', 2022, [1, 65_535]);
  /** What the SFTP server shows to be the SFTP server; without one nobody is. */
  readonly sftpSecret = secret('NUBO_SFTP_SECRET', '');
  /** Whom the web server runs as, when it is somebody else. */
  readonly webOwner = ownerOf(text('NUBO_HOSTING_WEB_OWNER', ''));
  /** Names that lead to the platform, and so do all below them. */
  readonly ownNames = [this.zone, this.sftpHost, new URL(this.publicUrl).hostname];
  /** A log of visitors that has more is moved away; three older ones are kept. */
  readonly logBytes = integer('NUBO_HOSTING_LOG_BYTES', 10 * MIB);
  /** What runs the programs of new projects; which there are is known where they are. */
  readonly runner = text('NUBO_HOSTING_RUNNER', 'nubo');
  /** Of one project. */
  readonly limits = {
    bytes: integer('NUBO_HOSTING_MAX_BYTES', GIB),
    files: integer('NUBO_HOSTING_MAX_FILES', 100_000),
    fileBytes: integer('NUBO_HOSTING_MAX_FILE_BYTES', GIB / 4),
  };

  /** A project's name in DNS. */
  hostnameOf({ name }: { name: string }): string {
    return `${name}.${this.zone}`;
  }
}

function acmeUrlOf(url: string): string {
  if (url === '' || (URL.canParse(url) && url.startsWith('https://'))) return url;
  throw new ConfigError(`NUBO_ACME_DIRECTORY_URL must begin with https://, not ${url}`);
}

function resolversOf(addresses: string[]): string[] {
  try {
    new Resolver().setServers(addresses);
    return addresses;
  } catch (error) {
    throw new ConfigError(
      `NUBO_HOSTING_RESOLVERS must be addresses like 192.0.2.53: ${(error as Error).message}`,
    );
  }
}

/** `<uid>:<gid>`. */
function ownerOf(owner: string): { uid: number; gid: number } | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(owner) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  if (owner === '') return undefined;
  throw new ConfigError(`NUBO_HOSTING_WEB_OWNER must be like 33:33, not ${owner}`);
}

function addressOf(address: string): string {
  if (isIPv4(address)) return address;
  throw new ConfigError(`NUBO_HOSTING_ADDRESS must be an IPv4 address, not ${address}`);
}

function zoneOf(zone: string): string {
  if (ZONE.test(zone)) return zone;
  throw new ConfigError(`NUBO_HOSTING_ZONE must be a name in DNS like sites.example.org, not ${zone}`);
}
