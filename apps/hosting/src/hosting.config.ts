import { Injectable } from '@nestjs/common';
import { ConfigError, integer, text } from '@nubo/config';

const ZONE = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The service's settings, read at boot. */
@Injectable()
export class HostingConfig {
  /** Holds uploads, releases and logs. */
  readonly folder = text('NUBO_DATA_DIR');
  /** The DNS zone in which projects are named. */
  readonly zone = zoneOf(text('NUBO_HOSTING_ZONE', 'sites.nubo.test'));
  /** The port at which people reach sites. */
  readonly webPort = integer('NUBO_HOSTING_WEB_PORT', 80, [1, 65_535]);
  /** Where people reach SFTP. */
  readonly sftpHost = text('NUBO_SFTP_HOST', `sftp.${this.zone}`);
  readonly sftpPort = integer('NUBO_SFTP_PORT', 2022, [1, 65_535]);
}

function zoneOf(zone: string): string {
  if (ZONE.test(zone)) return zone;
  throw new ConfigError(`NUBO_HOSTING_ZONE must be a name in DNS like sites.example.org, not ${zone}`);
}
