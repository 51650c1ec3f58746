import { SERVICES, type ServiceName } from './operation';

/** The JetStream stream and the root of all event subjects. */
export const EVENT_STREAM = 'EVENTS';
export const EVENT_ROOT = 'event';

/** A fact, past tense, published after commit: `<service>.<noun>.<what happened>`. `P` is its payload. */
export interface EventType<P extends object> {
  readonly name: string;
  readonly subject: string;
  readonly service: ServiceName;
  /** Only carries the payload's type; never set. */
  readonly payload?: P;
  /** Services that keep a durable consumer on it. */
  readonly consumers: readonly ServiceName[];
}

const EVENTS = new Map<string, EventType<object>>();

/** Declares one event and which services consume it. */
export function event<P extends object>(name: string, ...consumers: ServiceName[]): EventType<P> {
  const service = SERVICES.find((s) => name.startsWith(`${s}.`));
  if (!service || EVENTS.has(name)) throw new TypeError(`bad or repeated event name ${name}`);
  const made = { name, subject: `${EVENT_ROOT}.${name}`, service, consumers };
  EVENTS.set(name, made);
  return made;
}

export function eventsConsumedBy(service: ServiceName): EventType<object>[] {
  return [...EVENTS.values()].filter((e) => e.consumers.includes(service));
}

/** The durable consumer's name: NATS allows no dots in it. */
export function consumerName(service: ServiceName, type: EventType<object>): string {
  return `${service}-${type.name.replaceAll('.', '-')}`;
}
