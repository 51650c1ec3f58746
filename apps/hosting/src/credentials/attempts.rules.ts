import { createHash } from 'node:crypto';

/** How often something may happen, and to whom it is counted. */
export interface Limit {
  max: number;
  windowMs: number;
}

const MINUTE_MS = 60_000;

/**
 * `login` are failures of one client at one project, `address` those of one client at any. Failures at one project from
 * anywhere refuse nobody: else anybody could keep its owner out. `password` are the passwords that one user has made: a
 * hash takes as much of a processor as hundreds of other requests. `certificate` are those that a tenant's domains ask for, and
 * `authority` those that all ask of one: public ones count, too, and refuse everybody (300 orders of an account in three hours).
 */
export const LIMITS = {
  login: { max: 10, windowMs: 5 * MINUTE_MS },
  address: { max: 30, windowMs: 5 * MINUTE_MS },
  password: { max: 60, windowMs: 60 * MINUTE_MS },
  certificate: { max: 50, windowMs: 180 * MINUTE_MS },
  authority: { max: 250, windowMs: 180 * MINUTE_MS },
} as const satisfies Record<string, Limit>;
export type LimitName = keyof typeof LIMITS;

export const LONGEST_WINDOW_MS = Math.max(...Object.values(LIMITS).map(({ windowMs }) => windowMs));

/** Whose attempts are counted, under which limit. */
export interface Counted {
  limit: LimitName;
  of: string;
}

/** Names nobody: counts outlive those who are counted. */
export const attemptKey = ({ limit, of }: Counted): string =>
  `${limit}:${createHash('sha256').update(of).digest('hex').slice(0, 32)}`;

/** A client's address as it is counted: an IPv6 client owns a whole /64. */
export function countedAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return `${[...left, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...right].slice(0, 4).join(':')}::/64`;
}

/** What a try to get into a project's files counts for. */
export const countedLogin = (login: string, address: string): Counted[] => {
  const client = countedAddress(address);
  return [
    { limit: 'login', of: `${login} from ${client}` },
    { limit: 'address', of: client },
  ];
};
