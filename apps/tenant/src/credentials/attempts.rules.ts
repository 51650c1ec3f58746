/** How often something may happen, and to whom it is counted. */

export interface Limit {
  max: number;
  windowMs: number;
  /** Past `max` answers take longer and longer, and nobody is refused. */
  slows?: boolean;
}

const MINUTE_MS = 60_000;

/**
 * `registration`, `mailing` (per client), `mail` and `notice` (per address) count every time, the others count failures:
 * `login` those of one client at one address, `email` those at one address from anywhere. That one refuses nobody: else
 * anybody could keep the owner of an address out. `notice` is apart from `mail`, which strangers can use up before they
 * do what the owner of the account is to be told of. `strangers` are the mails that a tenant has sent to addresses that
 * nobody has confirmed: it is no way to write to the world. `password` are the changes of one user’s, `passwords` those of
 * all in a tenant and of whom is added to it: a hash takes as much of a processor as hundreds of other requests.
 */
export const LIMITS = {
  login: { max: 10, windowMs: 5 * MINUTE_MS },
  email: { max: 20, windowMs: 5 * MINUTE_MS, slows: true },
  tenant: { max: 10, windowMs: 5 * MINUTE_MS },
  address: { max: 30, windowMs: 5 * MINUTE_MS },
  registration: { max: 100, windowMs: 60 * MINUTE_MS },
  mail: { max: 5, windowMs: 60 * MINUTE_MS },
  notice: { max: 10, windowMs: 60 * MINUTE_MS },
  strangers: { max: 100, windowMs: 60 * MINUTE_MS },
  mailing: { max: 30, windowMs: 60 * MINUTE_MS },
  password: { max: 20, windowMs: 60 * MINUTE_MS },
  passwords: { max: 100, windowMs: 60 * MINUTE_MS },
  lookup: { max: 30, windowMs: 60 * MINUTE_MS },
} as const satisfies Record<string, Limit>;
export type LimitName = keyof typeof LIMITS;

export const LONGEST_WINDOW_MS = Math.max(...Object.values(LIMITS).map(({ windowMs }) => windowMs));

/** Whose attempts are counted, under which limit. */
export interface Counted {
  limit: LimitName;
  of: string;
}

export const attemptKey = ({ limit, of }: Counted): string => `${limit}:${of}`;

/** A client's address as it is counted: an IPv6 client owns a whole /64. */
export function countedAddress(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1];
  const [head, tail] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return `${[...left, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...right].slice(0, 4).join(':')}::/64`;
}

/** The keys of a try: what it is about, and from where it comes if that is known. */
export function countedTry(limit: LimitName, of: string, address?: string): Counted[] {
  const own: Counted = { limit, of };
  return address ? [own, { limit: 'address', of: countedAddress(address) }] : [own];
}

const FROM = ' from ';

/** The keys of a login: this client at this address of mail, the address from anywhere, the client at any. */
export function countedLogin(emailKey: string, address?: string): Counted[] {
  const [own, ...rest] = countedTry('email', emailKey, address);
  const client = address ? countedAddress(address) : 'unknown';
  return [{ limit: 'login', of: `${emailKey}${FROM}${client}` }, own, ...rest];
}

/** What the keys of all clients at one address of mail begin with. */
export const loginPrefix = (emailKey: string): string =>
  attemptKey({ limit: 'login', of: `${emailKey}${FROM}` });

const STEP_MS = 100;
const SLOWEST_MS = 3_000;

/** Milliseconds that the next answer takes longer, after `failures` where `max` cost nothing. */
export const slowDownMs = (failures: number, max: number): number =>
  Math.min(SLOWEST_MS, Math.max(0, failures - max) * STEP_MS);
