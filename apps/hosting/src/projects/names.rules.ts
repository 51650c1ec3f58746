import { invalidFields } from '@nubo/contracts';

/** How long nobody gets the name of a project that is gone: links and mails lead to it. */
export const REST_HOURS = 24;

/** Names that people take for the platform itself, or that programs ask for by themselves. */
const RESERVED = new Set([
  ...['www', 'api', 'app', 'admin', 'root', 'nubo', 'console', 'status', 'support', 'help', 'docs', 'blog'],
  ...['mail', 'smtp', 'imap', 'pop', 'mx', 'ftp', 'sftp', 'ssh', 'vpn', 'proxy', 'gateway', 'ldap', 'git'],
  ...['ns', 'ns1', 'ns2', 'ns3', 'dns', 'whois', 'wpad', 'isatap', 'autoconfig', 'autodiscover', 'localhost'],
  ...['login', 'auth', 'account', 'billing', 'secure', 'security', 'abuse', 'postmaster', 'hostmaster'],
  ...['webmaster', 'cdn', 'static', 'assets', 'internal', 'local', 'test', 'example', 'invalid', 'onion'],
]);

/** RFC 5890: such a label shows letters of other scripts, and so may look like another name. */
const ENCODED = /^..--/;

/** Names that lead to the platform. */
interface Own {
  ownNames: readonly string[];
  hostnameOf(project: { name: string }): string;
}

/** Throws `invalid` for a name that no project may have. */
export function assertMayBeNamed(name: string, own: Own): void {
  const refuse = (message: string) => invalidFields([{ field: 'name', message }]);
  if (RESERVED.has(name) || own.ownNames.includes(own.hostnameOf({ name })))
    throw refuse('is reserved for the platform');
  if (ENCODED.test(name)) throw refuse('must not have -- as its third and fourth letter');
}
