/** Who may do what: every route of the OpenAPI document, as everybody, with real resources that a member made. */
import { randomUUID } from 'node:crypto';
import type { World } from '../../demo/world';
import { ACTORS, REACHES, type Actor, type Reach } from '../../libs/testing/src/truth';
import { documentedRoutes, type Route } from './routes';
import { vmBody } from './surroundings';
import { ask, idOf, pathTo, verdictOf } from './truth/asking';
import { FOREIGN_IDS, idFieldsOf } from './truth/foreign-ids';
import { makeResources, type Resources } from './truth/resources';

interface Case {
  reach: Reach;
  body?: (at: Resources) => object;
  /** Lists: who sees the resource in it. */
  shows?: Reach;
  /** When one route is tried more than once. */
  how?: string;
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr two';

const empty = () => ({ metadata: {} });
const friend = ({ actors }: Resources) => ({ user: actors.manage.email });

const CASES: Record<string, Case | Case[]> = {
  'tenant.sessions.create': { reach: 'anyone' },
  'tenant.sessions.end': { reach: 'user' },
  'tenant.tenants.register': { reach: 'anyone' },
  'tenant.tenants.mailActivation': { reach: 'anyone' },
  'tenant.passwordResets.request': { reach: 'anyone' },
  'tenant.passwordResets.complete': { reach: 'anyone' },
  'tenant.tenants.activate': { reach: 'anyone' },
  'tenant.tenants.list': { reach: 'user', shows: 'tenant' },
  'tenant.tenants.get': { reach: 'tenant' },
  'tenant.tenants.update': { reach: 'owner', body: empty },
  'tenant.tenants.delete': { reach: 'owner' },
  'tenant.quotas.list': { reach: 'tenant' },
  'tenant.quotas.uses.list': { reach: 'tenant' },
  'tenant.user-quotas.list': { reach: 'unshared' },
  'tenant.user-quotas.uses.list': { reach: 'unshared' },
  'tenant.user-quotas.set': { reach: 'overMember', body: () => ({ limit: null }) },
  'tenant.quotas.set': { reach: 'admin', body: () => ({ limit: 20 }) },
  'tenant.users.list': { reach: 'user', shows: 'unshared' },
  'tenant.users.create': {
    reach: 'newUser',
    body: ({ tenantId }) => ({ email: 'thief@red.test', password: 'tomatoes-and-basil', tenantId }),
  },
  'tenant.users.get': { reach: 'unshared' },
  'tenant.users.update': { reach: 'unshared', body: empty },
  'tenant.users.delete': { reach: 'overMember' },
  'tenant.audit.list': { reach: 'user' },
  'compute.hosts.list': { reach: 'user', shows: 'user' },
  'compute.hosts.get': { reach: 'user' },
  'compute.hosts.enrol': {
    reach: 'admin',
    body: () => ({ address: '10.77.0.99', user: 'root', password: 'none' }),
  },
  'compute.hosts.update': { reach: 'admin', body: empty },
  'compute.hosts.delete': { reach: 'admin' },
  'compute.machine-types.list': { reach: 'user', shows: 'user' },
  'compute.machine-types.get': { reach: 'user' },
  'compute.machine-types.create': {
    reach: 'admin',
    body: () => ({ name: 'huge', vcpus: 32, memory: 65_536 }),
  },
  'compute.machine-types.update': { reach: 'admin', body: empty },
  'compute.machine-types.delete': { reach: 'admin' },
  'compute.images.list': { reach: 'user', shows: 'use' },
  'compute.images.create': {
    reach: 'user',
    body: () => ({ name: 'mine', url: 'http://images.example/a.qcow2' }),
  },
  'compute.images.get': { reach: 'use' },
  'compute.images.update': { reach: 'manage', body: empty },
  'compute.images.delete': { reach: 'manage' },
  'compute.images.upload': { reach: 'manage' },
  'compute.vms.snapshots.create': { reach: 'manage', body: () => ({ name: 'saved' }) },
  'compute.images.shares.list': { reach: 'manage' },
  'compute.images.shares.create': { reach: 'manage', body: friend },
  'compute.images.shares.delete': { reach: 'manage' },
  'compute.vms.list': { reach: 'user', shows: 'use' },
  'compute.vms.create': {
    reach: 'use',
    body: ({ world, subnet, image }) => vmBody(world, { subnet }, { name: 'thief', imageId: image.id }),
  },
  'compute.vms.get': { reach: 'use' },
  'compute.vms.update': [
    { reach: 'use', body: () => ({ state: 'running' }), how: 'to start it' },
    { reach: 'manage', body: empty, how: 'to label it' },
  ],
  'compute.vms.delete': { reach: 'manage' },
  'compute.vms.console': { reach: 'use' },
  'compute.vm-usage.get': { reach: 'use' },
  'compute.vms.reboot': { reach: 'use' },
  'compute.vms.timeline.list': { reach: 'use' },
  'compute.vms.shares.list': { reach: 'manage' },
  'compute.vms.shares.create': { reach: 'manage', body: friend },
  'compute.vms.shares.delete': { reach: 'manage' },
  'compute.containers.list': { reach: 'user', shows: 'use' },
  'compute.containers.create': {
    reach: 'use',
    body: ({ subnet, containerImage }) => ({ imageId: containerImage.id, nics: [{ subnetId: subnet.id }] }),
  },
  'compute.containers.get': { reach: 'use' },
  'compute.containers.update': [
    { reach: 'use', body: () => ({ state: 'running' }), how: 'to start it' },
    { reach: 'manage', body: empty, how: 'to label it' },
  ],
  'compute.containers.delete': { reach: 'manage' },
  'compute.containers.logs': { reach: 'use' },
  'compute.container-usage.get': { reach: 'use' },
  'compute.containers.timeline.list': { reach: 'use' },
  'compute.containers.shares.list': { reach: 'manage' },
  'compute.containers.shares.create': { reach: 'manage', body: friend },
  'compute.containers.shares.delete': { reach: 'manage' },
  'compute.locations.list': { reach: 'user' },
  'network.vpcs.list': { reach: 'user', shows: 'use' },
  'network.vpcs.create': { reach: 'user', body: () => ({ name: 'mine' }) },
  'network.vpcs.get': { reach: 'use' },
  'network.vpcs.update': { reach: 'manage', body: empty },
  'network.vpcs.delete': { reach: 'manage' },
  'network.vpcs.shares.list': { reach: 'manage' },
  'network.vpcs.shares.create': { reach: 'manage', body: friend },
  'network.vpcs.shares.delete': { reach: 'manage' },
  'network.subnets.list': { reach: 'user', shows: 'use' },
  'network.subnets.create': {
    reach: 'manage',
    body: ({ vpc }) => ({ vpcId: vpc.id, name: 'mine', cidr: '10.1.0.0/24' }),
  },
  'network.subnets.get': { reach: 'use' },
  'network.subnets.update': { reach: 'manage', body: empty },
  'network.subnets.delete': { reach: 'manage' },
  'network.subnets.shares.list': { reach: 'manage' },
  'network.subnets.shares.create': { reach: 'manage', body: friend },
  'network.subnets.shares.delete': { reach: 'manage' },
  'pat.mappings.list': { reach: 'user', shows: 'unshared' },
  'pat.mappings.create': { reach: 'manage', body: ({ vm }) => ({ vmId: vm.id, targetPort: 8080 }) },
  'pat.mappings.get': { reach: 'unshared' },
  'pat.mappings.update': { reach: 'unshared', body: empty },
  'pat.mappings.delete': { reach: 'unshared' },
  'hosting.projects.list': { reach: 'user', shows: 'use' },
  'hosting.projects.create': { reach: 'user', body: () => ({ name: 'another-site' }) },
  'hosting.projects.get': { reach: 'use' },
  'hosting.projects.update': { reach: 'manage', body: empty },
  'hosting.projects.delete': { reach: 'manage' },
  'hosting.projects.passwords.create': { reach: 'manage' },
  'hosting.projects.keys.list': { reach: 'use' },
  'hosting.projects.keys.create': { reach: 'manage', body: () => ({ key: KEY }) },
  'hosting.projects.keys.delete': { reach: 'manage' },
  'hosting.projects.log': { reach: 'use' },
  'hosting.domains.list': { reach: 'use' },
  'hosting.domains.create': { reach: 'manage', body: () => ({ domain: 'www.another.example' }) },
  'hosting.domains.delete': { reach: 'manage' },
  'hosting.releases.list': { reach: 'use' },
  'hosting.releases.create': { reach: 'manage' },
  'hosting.releases.rollBack': { reach: 'manage' },
  'hosting.projects.shares.list': { reach: 'manage' },
  'hosting.projects.shares.create': { reach: 'manage', body: friend },
  'hosting.projects.shares.delete': { reach: 'manage' },
  'cdn.distributions.list': { reach: 'user', shows: 'unshared' },
  'cdn.distributions.create': {
    reach: 'user',
    body: () => ({ locations: ['loc1'], subnet: '190.9.0.0/24', origin: 'http://origin.example' }),
  },
  'cdn.distributions.get': { reach: 'unshared' },
  'cdn.distributions.update': { reach: 'unshared', body: empty },
  'cdn.distributions.purge': { reach: 'unshared', body: () => ({ kind: 'all' }) },
  'cdn.distributions.keys.create': { reach: 'unshared' },
  'cdn.distributions.keys.delete': { reach: 'unshared' },
  'cdn.distributions.traffic': { reach: 'unshared' },
  'cdn.distributions.delete': { reach: 'unshared' },
  'cdn.releases.list': { reach: 'unshared' },
  'cdn.releases.create': {
    reach: 'unshared',
    body: () => ({ srcdata: 'http://files.example/site.tar.gz' }),
  },
  'cdn.releases.rollBack': { reach: 'unshared' },
};

const ROUTES = documentedRoutes();
const casesOf = ({ operation }: Route): Case[] => [CASES[operation] ?? []].flat();
const titled = (route: Route, { how = '' }: Case) => `${route.method} ${route.path} ${how}`;
const TRIED = ROUTES.flatMap((route) =>
  casesOf(route).map((each): [string, Route, Case] => [titled(route, each), route, each]),
);
const LISTS = TRIED.filter(([, , { shows }]) => shows);
const FIELDS = ROUTES.flatMap((route) => idFieldsOf(route).map((field): [string, Route] => [field, route]));

/** Who can try it without doing it. */
const tryers = ({ method, dryRun }: Route, { reach }: Case): Actor[] =>
  ACTORS.filter((actor) => dryRun || method === 'GET' || REACHES[reach][actor] !== 'done');

export function truthTable(world: () => World): void {
  describe('every route of the document', () => {
    let at: Resources;

    beforeAll(async () => {
      at = await makeResources(world());
    }, 120_000);

    it('is classified here', () => {
      expect(ROUTES.filter(({ operation }) => !(operation in CASES))).toEqual([]);
      expect(FIELDS.map(([field]) => field).filter((field) => !(field in FOREIGN_IDS))).toEqual([]);
    });

    it.each(TRIED)('%s', async (_, route, { reach, body }) => {
      const actors = tryers(route, { reach });
      const found = await Promise.all(
        actors.map(async (actor) => [
          actor,
          verdictOf(await ask(at, actor, route, [pathTo(route, at), body?.(at)])),
        ]),
      );
      const expected = actors.map((actor) => [actor, REACHES[reach][actor]]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    });

    it.each(LISTS)('%s shows what can be seen', async (_, { path }, { shows = 'user' }) => {
      const readers = ACTORS.filter((actor) => actor !== 'nobody');
      const seen = await Promise.all(
        readers.map(async (actor) => {
          const items = await at.actors[actor].rest.get<{ id: string }[]>(path);
          return items.some(({ id }) => id === idOf(path, at));
        }),
      );
      const wanted = readers.filter((actor) => REACHES[shows][actor] === 'done');
      expect(readers.filter((_each, n) => seen[n])).toEqual(wanted);
    });

    it.each(TRIED.filter(([, , { reach }]) => reach === 'anyone'))('%s needs no login', async (_, route) => {
      const { status, code } = await ask(at, 'nobody', route, [pathTo(route, at)]);
      expect(status).toBeLessThan(500);
      expect(code).not.toBe('login_required');
    });

    const closed = TRIED.filter(
      ([, { path }, { reach }]) => path.includes('{') && REACHES[reach].stranger === 'not_found',
    );
    it.each(closed)('%s looks to strangers as if nothing were there', async (_, route, { body }) => {
      for (const actor of ['member', 'stranger'] as const) {
        if (REACHES[casesOf(route)[0]?.reach ?? 'user'][actor] !== 'not_found') continue;
        const nothing = randomUUID();
        const [there, not] = await Promise.all(
          [undefined, nothing].map((id) => ask(at, actor, route, [pathTo(route, at, id), body?.(at)])),
        );
        expect({ ...there, detail: there?.detail?.replaceAll(idOf(route.path, at), nothing) }).toEqual(not);
      }
    });

    it.each(FIELDS)('%s of another looks as if nothing were there', async (field, route) => {
      const foreign = FOREIGN_IDS[field];
      if (!foreign) throw new Error(`${field} is not classified`);
      const [theirs, nothing] = [foreign.theirs(at), randomUUID()];
      for (const actor of ['member', 'stranger'] as const) {
        const [there, not] = await Promise.all(
          [theirs, nothing].map((id) => ask(at, actor, route, [pathTo(route, at), foreign.body(id, at)])),
        );
        expect(verdictOf(not ?? { status: 0 })).not.toBe('done');
        expect({ ...there, detail: there?.detail?.replaceAll(theirs, nothing) }).toEqual(not);
      }
    });

    it('shows addresses and keys of hosts to administrators only', async () => {
      const path = `/iaas/hosts/${at.world.hosts[0].id}`;
      expect(await at.actors.owner.rest.get(path)).not.toHaveProperty('address');
      expect(await at.world.admin.get(path)).toHaveProperty('hostKey');
    });
  });
}
