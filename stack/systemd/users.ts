/** Each part runs as a system user of its own: what one knows is not in reach of another. */
import { execFileSync } from 'node:child_process';
import { type Owner } from '../files';

/** Whoever shares files shares the user: SFTP writes what hosting publishes and the web server serves and logs. */
const SHARED: Readonly<Record<string, string>> = { sftp: 'hosting', web: 'hosting' };

export const userOf = (part: string): string => `nubo-${SHARED[part] ?? part}`;

/** Lines of sysusers.d. */
export function usersFile(parts: readonly string[], home: string): string {
  const names = [...new Set(parts.map(userOf))];
  return names.map((name) => `u ${name} - "Nubo" ${home} /usr/sbin/nologin\n`).join('');
}

/** Makes the users that are missing. Throws when systemd-sysusers is missing or refuses. */
export function makeUsers(file: string): void {
  execFileSync('systemd-sysusers', [file], { stdio: 'pipe' });
}

export function removeUser(name: string): void {
  execFileSync('userdel', [name], { stdio: 'pipe' });
}

/** Undefined when there is no such user. */
export function ownerNamed(name: string): Owner | undefined {
  try {
    const [, , uid, gid] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(':');
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}
