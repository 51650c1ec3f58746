import type { ConnectionOptions } from 'nats';

/** nats.js takes no password from a URL. */
export function busOptions(url: string): ConnectionOptions {
  const { host, username: user, password } = new URL(url);
  return { servers: host, user, pass: decodeURIComponent(password) };
}
