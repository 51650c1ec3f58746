/** Where an installation has its files. */
import { join } from 'node:path';

export interface InstallPlace {
  /** Before every path, also in what the units say; '' on a machine that it is for. */
  readonly prefix: string;
  readonly config: string;
  readonly data: string;
  readonly logs: string;
  readonly units: string;
  readonly users: string;
  readonly rotation: string;
}

export function installPlace(prefix = ''): InstallPlace {
  const below = (path: string): string => (prefix ? join(prefix, path) : path);
  return {
    prefix,
    config: below('/etc/nubo'),
    data: below('/var/lib/nubo'),
    logs: below('/var/log/nubo'),
    units: below('/etc/systemd/system'),
    users: below('/etc/sysusers.d/nubo.conf'),
    rotation: below('/etc/logrotate.d/nubo'),
  };
}

/** The operator's settings, NAME=value: read at every installation, never overwritten. */
export const settingsFile = ({ config }: InstallPlace): string => join(config, 'nubo.env');
/** What was installed; {@link InstallRecord}. */
export const recordFile = ({ config }: InstallPlace): string => join(config, 'installation.json');
export const environmentFileOf = ({ config }: InstallPlace, part: string): string =>
  join(config, 'env', `${part}.env`);
export const unitOf = (part: string): string => `nubo-${part}.service`;
export const TARGET = 'nubo.target';
export const RENEWAL = 'nubo-certificates.service';
export const RENEWAL_TIMER = 'nubo-certificates.timer';
