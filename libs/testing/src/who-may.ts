import * as contracts from '@nubo/contracts';
import {
  isForPeople,
  NuboError,
  operationsOf,
  type ListInput,
  type Operation,
  type Page,
  type Principal,
  type ServiceName,
} from '@nubo/contracts';
import { contextOf, someone } from './people';
import type { TestApp } from './test-app';
import { ACTORS, REACHES, type Actor, type Reach, type Verdict } from './truth';

export type Actors = Record<Actor, Principal | null>;

/** Everybody of the truth table, around the tenant of `maker`. */
export function actorsAround(maker: Principal): Actors {
  const { tenantId } = maker;
  const other = someone('owner');
  return {
    nobody: null,
    admin: someone('admin'),
    owner: someone('owner', { tenantId }),
    maker,
    member: someone('member', { tenantId }),
    use: someone('member', { tenantId }),
    manage: someone('member', { tenantId }),
    stranger: other,
    strangerUse: someone('member', { tenantId: other.tenantId }),
    strangerManage: someone('member', { tenantId: other.tenantId }),
  };
}

/** The actors to whom something is granted, with what it is. */
export const granteesOf = (actors: Actors): [Principal, 'use' | 'manage'][] =>
  (['use', 'manage', 'strangerUse', 'strangerManage'] as const).map((name) => [
    actors[name] as Principal,
    name.toLowerCase().endsWith('use') ? 'use' : 'manage',
  ]);

/** One thing that an operation can be asked for. `T` is what the test has made. */
export interface Probe<T> {
  op: Operation<object, object>;
  reach: Reach;
  input?: (made: T) => object;
  /** When one operation is probed more than once. */
  how?: string;
}

export const probe = <I extends object, O extends object, T>(
  op: Operation<I, O>,
  reach: Reach,
  input?: (made: T) => I,
  how?: string,
): Probe<T> => ({ op: op, reach, input, how });

const CONTRACTS = new Set<unknown>(Object.values(contracts));

/** The operations of a service, without those that specs of libs declare for themselves. */
export const contractOf = (service: ServiceName): Operation<object, object>[] =>
  operationsOf(service).filter((op) => CONTRACTS.has(op));

/** Operations that are made for people and have no probe. */
export function unclassified<T>(service: ServiceName, probes: Probe<T>[]): string[] {
  const known = new Set(probes.map(({ op }) => op.subject));
  return contractOf(service)
    .filter((op) => isForPeople(op) && !known.has(op.subject))
    .map((op) => op.subject);
}

const ONLY_ABOUT_PEOPLE: readonly string[] = ['unauthenticated', 'forbidden', 'not_found'];
const ABOUT_THE_REST: readonly string[] = ['conflict', 'exhausted', 'unprocessable'];

/** How the service answers each actor, in dry runs. Another refusal than these shows up as it is. */
export async function verdicts<T>(
  app: TestApp,
  actors: Actors,
  { op, input }: Probe<T>,
  made: T,
): Promise<Record<Actor, string>> {
  const asked = ACTORS.map(async (actor): Promise<[Actor, string]> => {
    const ctx = contextOf(actors[actor], { dryRun: true });
    try {
      await app.call(op, ctx, input?.(made) ?? {});
      return [actor, 'done'];
    } catch (error) {
      if (!(error instanceof NuboError)) throw error;
      if (ONLY_ABOUT_PEOPLE.includes(error.kind)) return [actor, error.kind];
      return [actor, ABOUT_THE_REST.includes(error.kind) ? 'done' : `${error.code}: ${error.message}`];
    }
  });
  return Object.fromEntries(await Promise.all(asked)) as Record<Actor, string>;
}

export const expectedOf = <T>({ reach }: Probe<T>): Record<Actor, Verdict> => REACHES[reach];

/** Who sees one of `ids` in a list of the service; nobody is not asked. */
export async function readers(
  app: TestApp,
  actors: Actors,
  list: Operation<ListInput, object>,
  ids: string[],
): Promise<Actor[]> {
  const seen: Actor[] = [];
  for (const actor of ACTORS) {
    if (!actors[actor]) continue;
    const page = (await app.call(list, contextOf(actors[actor]), {})) as Page<{ id: string }>;
    if (page.items.some(({ id }) => ids.includes(id))) seen.push(actor);
  }
  return seen;
}

/** Who is to see it. */
export const readersWith = (reach: Reach): Actor[] =>
  ACTORS.filter((actor) => REACHES[reach][actor] === 'done');
