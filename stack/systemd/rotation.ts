import { join } from 'node:path';
import { type InstallPlace } from './install-place';

/** For logrotate (Debian runs it daily): systemd keeps the files open, so they are copied and cut, not renamed. */
export function rotationText({ logs }: InstallPlace): string {
  return `${join(logs, '*.log')} {
  daily
  maxsize 64M
  rotate 7
  compress
  delaycompress
  missingok
  notifempty
  copytruncate
}
`;
}
