import type { Type } from './type';

export const SERVICES = ['gateway', 'tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Who may talk to whom; everything else is an event. NATS subject permissions are made from this. */
export const ALLOWED_CALLS: Record<ServiceName, readonly ServiceName[]> = {
  gateway: ['tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'],
  hosting: ['compute', 'network', 'pat', 'tenant'],
  cdn: ['compute', 'network', 'pat', 'hosting', 'tenant'],
  pat: ['network', 'tenant'],
  compute: ['network', 'tenant'],
  network: ['tenant'],
  tenant: [],
};

/**
 * `admin`: platform administrators. `user`: anyone logged in; the service narrows it to what the caller may see.
 * `anyone`: no login. `service`: another service, never a person. `gateway`: the gateway by itself, never a person.
 */
export type Permission = 'admin' | 'user' | 'anyone' | 'service' | 'gateway';

export interface Operation<I extends object, O extends object> {
  /** The NATS subject, `<service>.<nouns>.<verb>`. */
  readonly subject: string;
  readonly service: ServiceName;
  readonly input: Type<I>;
  readonly output: Type<O>;
  readonly permission: Permission;
  readonly timeoutMs: number;
}

export interface OperationOptions {
  permission?: Permission;
  /** How long a caller waits for the answer; default 5 s. */
  timeoutMs?: number;
}

const OPERATIONS = new Map<string, Operation<object, object>>();

/**
 * Declares one operation: its subject, input class, output class, who may call it and how long a caller waits.
 * A subject can be declared once only.
 */
export function operation<I extends object, O extends object>(
  subject: string,
  input: Type<I>,
  output: Type<O>,
  options: OperationOptions = {},
): Operation<I, O> {
  const service = SERVICES.find((name) => subject.startsWith(`${name}.`));
  if (!service || OPERATIONS.has(subject))
    throw new TypeError(`bad or repeated operation subject ${subject}`);
  const made = {
    subject,
    service,
    input,
    output,
    permission: options.permission ?? 'user',
    timeoutMs: options.timeoutMs ?? 5_000,
  } as const;
  OPERATIONS.set(subject, made);
  return made;
}

/** Every declared operation of a service: boot fails when one has no handler. */
export function operationsOf(service: ServiceName): Operation<object, object>[] {
  return [...OPERATIONS.values()].filter((op) => op.service === service);
}

/** Whether people may ask for it: it has a route then. */
export const isForPeople = ({ permission }: Pick<Operation<object, object>, 'permission'>): boolean =>
  permission !== 'service' && permission !== 'gateway';

/**
 * The operations that a service may call: the gateway those made for people and for itself, all others those made for
 * services.
 */
export function callableBy(caller: ServiceName): Operation<object, object>[] {
  const forServices = caller !== 'gateway';
  return ALLOWED_CALLS[caller]
    .flatMap(operationsOf)
    .filter((op) => (op.permission === 'service') === forServices);
}
