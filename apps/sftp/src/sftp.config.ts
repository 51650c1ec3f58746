import { join } from 'node:path';
import { integer, secret, text } from '@nubo/config';

export interface SftpConfig {
  readonly host: string;
  readonly port: number;
  readonly hostKeyFile: string;
  readonly hostingUrl: string;
  /** What hosting knows this process by. */
  readonly secret: string;
  /** Hosting's folder: sites and releases are below it. */
  readonly hostingDir: string;
  readonly perAddress: number;
}

export function sftpConfig(): SftpConfig {
  return {
    host: text('NUBO_SFTP_LISTEN', '0.0.0.0'),
    port: integer('NUBO_SFTP_PORT', 2022, [0, 65535]),
    hostKeyFile: join(text('NUBO_DATA_DIR', '.nubo/sftp'), 'host_ed25519'),
    hostingUrl: text('NUBO_HOSTING_URL'),
    secret: secret('NUBO_SFTP_SECRET'),
    hostingDir: text('NUBO_HOSTING_DIR'),
    perAddress: integer('NUBO_SFTP_CONNECTIONS_PER_ADDRESS', 64, [1, 1_000]),
  };
}
