/** The truth table of who may do what, for the tests of services and of the whole. */

/**
 * Everybody who can ask for something of a tenant that one of its members, the `maker`, made. `use` and `manage` are
 * members of the tenant and have that grant; the `stranger…` ones belong to another tenant.
 */
export const ACTORS = [
  'nobody',
  'admin',
  'owner',
  'maker',
  'member',
  'use',
  'manage',
  'stranger',
  'strangerUse',
  'strangerManage',
] as const;
export type Actor = (typeof ACTORS)[number];

/** `done`: whoever asks is no reason to refuse it. */
export type Verdict = 'done' | 'unauthenticated' | 'forbidden' | 'not_found';

const OWN: Actor[] = ['admin', 'owner', 'maker'];
const USERS: Actor[] = ['use', 'strangerUse'];
const MANAGERS: Actor[] = ['manage', 'strangerManage'];
const TENANT: Actor[] = ['member', 'use', 'manage'];

const row = (done: Actor[], forbidden: Actor[], rest: Verdict): Record<Actor, Verdict> =>
  Object.fromEntries(
    ACTORS.map((actor): [Actor, Verdict] => {
      if (done.includes(actor)) return [actor, 'done'];
      if (actor === 'nobody') return [actor, 'unauthenticated'];
      return [actor, forbidden.includes(actor) ? 'forbidden' : rest];
    }),
  ) as Record<Actor, Verdict>;

/** What an operation reaches, and so who may do it. */
export const REACHES = {
  /** Log in, register. */
  anyone: row([...ACTORS], [], 'done'),
  /** One’s own things; what everybody logged in may see. */
  user: row([], [], 'done'),
  admin: row(['admin'], [], 'forbidden'),
  /** Sees, starts, stops a resource that can be shared, makes from it, attaches to it. */
  use: row([...OWN, ...USERS, ...MANAGERS], [], 'not_found'),
  /** Changes, deletes, shares it, makes something in it. */
  manage: row([...OWN, ...MANAGERS], USERS, 'not_found'),
  /** A resource that cannot be shared. */
  unshared: row(OWN, [], 'not_found'),
  /** What all of a tenant may see. */
  tenant: row([...OWN, ...TENANT], [], 'not_found'),
  /** What the owner alone may change. */
  owner: row(['admin', 'owner'], ['maker', ...TENANT], 'not_found'),
  /** What is decided about a member, who may see it. */
  overMember: row(['admin', 'owner'], ['maker'], 'not_found'),
  /** What only an operator decides about a member, who may see it, and so may the owner. */
  adminOverMember: row(['admin'], ['owner', 'maker'], 'not_found'),
  /** Adds somebody to the tenant: no member adds users, wherever. */
  newUser: row(['admin', 'owner'], ['maker', ...TENANT, 'strangerUse', 'strangerManage'], 'not_found'),
} as const satisfies Record<string, Record<Actor, Verdict>>;
export type Reach = keyof typeof REACHES;
