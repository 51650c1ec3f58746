/** How the platform answers somebody, in requests that change nothing. */
import { RestError } from '../../../demo/rest-client';
import type { Actor, Verdict } from '../../../libs/testing/src/truth';
import type { Route } from '../routes';
import type { Resources } from './resources';

/** The id of nothing. */
const NOTHING = '00000000-0000-4000-8000-000000000000';

/** Places of one resource of every noun, by the beginning of the path. */
const placesOf = (at: Resources): [string, string][] => [
  ['/iaas/tenants', at.tenantId],
  ['/iaas/users', at.actors.maker.userId],
  ['/iaas/hosts', at.world.hosts[0].id],
  ['/iaas/images', at.image.id],
  ['/iaas/machine-types', at.machineType.id],
  ['/iaas/vms', at.vm.id],
  ['/iaas/containers', at.container.id],
  ['/iaas/vpcs', at.vpc.id],
  ['/iaas/subnets', at.subnet.id],
  ['/pat/mappings', at.mapping.id],
  ['/hosting/projects', at.project.id],
  ['/cdn/distributions', at.distribution.id],
  ['/iaas/password-resets', NOTHING],
];

/** The id of what a path is about. */
export const idOf = (path: string, at: Resources): string =>
  placesOf(at).find(([prefix]) => path.startsWith(prefix))?.[1] ?? '';

/** The route's path to `id`, by default that of the maker's own resource. */
export function pathTo({ path }: Route, at: Resources, id = idOf(path, at)): string {
  const [first, ...rest] = path.match(/\{\w+\}/g) ?? [];
  if (first === undefined) return path;
  const second: Record<string, string> = {
    '{kind}': 'vms',
    '{userId}': at.actors.manage.userId,
    '{domainId}': at.domain.id,
    '{keyId}': path.startsWith('/cdn') ? at.signingKey.id : at.sshKey.id,
  };
  return rest.reduce((done, name) => done.replace(name, second[name] ?? id), path.replace(first, id));
}

export interface Answer {
  status: number;
  code?: string;
  detail?: string;
}

/** What the query must say. */
const NEEDED: Record<string, string> = { 'compute.images.upload': 'offset=0' };

/** A dry run wherever the route knows one. */
export async function ask(
  at: Resources,
  actor: Actor,
  { method, dryRun, operation, body: takes }: Route,
  [path, body]: [path: string, body?: object],
): Promise<Answer> {
  const { rest } = at.actors[actor];
  const query = [NEEDED[operation] ?? [], dryRun ? 'dryRun=true' : []].flat().join('&');
  const whole = query === '' ? path : `${path}?${query}`;
  const sent = takes && (body ?? {});
  try {
    return { status: (await rest.send(method, whole, sent)).status };
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    const { status, code, detail } = error.problem;
    return { status, code, detail };
  }
}

const ABOUT_PEOPLE: Record<number, Verdict> = { 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found' };
/** Another state, nothing left, not possible: not because of who asks. */
const ABOUT_THE_REST = [200, 201, 202, 204, 409, 422];

/** What an answer says about who asked; the answer itself, where it says something else. */
export function verdictOf({ status, code, detail }: Answer): string {
  if (ABOUT_THE_REST.includes(status)) return 'done';
  return ABOUT_PEOPLE[status] ?? `${status} ${code}: ${detail}`;
}
