/** Who may do what, tried on every route of the OpenAPI document with real resources of one tenant. */
import type { ImageView, MachineTypeView } from '@nubo/contracts';
import { RestError, type RestClient } from '../../demo/rest-client';
import type { TenantOfTheStory, World } from '../../demo/world';
import { documentedRoutes, type Route } from './routes';
import { vmBody } from './surroundings';

/**
 * What a route reaches, and so what a stranger gets: `own` makes or lists only one's own things; `theirs` names a
 * resource of another tenant (404); `admin` is for administrators (403); `shared` everybody logged in may read.
 */
type Reach = 'own' | 'theirs' | 'admin' | 'shared' | 'anyone' | 'session';

interface Case {
  reach: Reach;
  body?: (at: Resources) => object;
}

interface Resources {
  world: World;
  blue: TenantOfTheStory;
  image: ImageView;
  machineType: MachineTypeView;
}

const CASES: Record<string, Case> = {
  'tenant.sessions.create': { reach: 'anyone' },
  'tenant.sessions.end': { reach: 'session' },
  'tenant.tenants.register': { reach: 'anyone' },
  'tenant.tenants.mailActivation': { reach: 'anyone', body: () => ({ email: 'nobody@red.test' }) },
  'tenant.passwordResets.request': { reach: 'anyone', body: () => ({ email: 'nobody@red.test' }) },
  'tenant.passwordResets.complete': { reach: 'anyone' },
  'tenant.tenants.activate': { reach: 'anyone' },
  'tenant.tenants.list': { reach: 'own' },
  'tenant.tenants.get': { reach: 'theirs' },
  'tenant.tenants.update': { reach: 'theirs', body: () => ({}) },
  'tenant.tenants.delete': { reach: 'theirs' },
  'tenant.quotas.list': { reach: 'theirs' },
  'tenant.quotas.uses.list': { reach: 'theirs' },
  'tenant.user-quotas.list': { reach: 'theirs' },
  'tenant.user-quotas.uses.list': { reach: 'theirs' },
  'tenant.user-quotas.set': { reach: 'theirs', body: () => ({ limit: null }) },
  'tenant.quotas.set': { reach: 'admin', body: () => ({ limit: 20 }) },
  'tenant.audit.list': { reach: 'own' },
  'tenant.users.list': { reach: 'own' },
  'tenant.users.create': {
    reach: 'theirs',
    body: ({ blue }) => ({
      email: 'thief@red.test',
      password: 'tomatoes-and-basil',
      tenantId: blue.tenantId,
    }),
  },
  'tenant.users.get': { reach: 'theirs' },
  'tenant.users.update': { reach: 'theirs', body: () => ({ metadata: {} }) },
  'tenant.users.delete': { reach: 'theirs' },
  'compute.hosts.list': { reach: 'shared' },
  'compute.hosts.get': { reach: 'shared' },
  'compute.hosts.enrol': {
    reach: 'admin',
    body: () => ({ address: '10.77.0.99', user: 'root', password: 'none' }),
  },
  'compute.hosts.update': { reach: 'admin', body: () => ({ metadata: {} }) },
  'compute.hosts.delete': { reach: 'admin' },
  'compute.images.list': { reach: 'own' },
  'compute.images.create': {
    reach: 'own',
    body: () => ({ name: 'mine', url: 'http://images.example/a.qcow2' }),
  },
  'compute.images.get': { reach: 'theirs' },
  'compute.images.update': { reach: 'theirs', body: () => ({ metadata: {} }) },
  'compute.images.delete': { reach: 'theirs' },
  'compute.images.upload': { reach: 'theirs' },
  'compute.vms.snapshots.create': { reach: 'theirs', body: () => ({ name: 'saved' }) },
  'compute.images.shares.list': { reach: 'theirs' },
  'compute.images.shares.create': { reach: 'theirs', body: ({ blue }) => ({ user: blue.email }) },
  'compute.images.shares.delete': { reach: 'theirs' },
  'compute.machine-types.list': { reach: 'shared' },
  'compute.machine-types.get': { reach: 'shared' },
  'compute.machine-types.create': {
    reach: 'admin',
    body: () => ({ name: 'huge', vcpus: 32, memory: 65_536 }),
  },
  'compute.machine-types.update': { reach: 'admin', body: () => ({ metadata: {} }) },
  'compute.machine-types.delete': { reach: 'admin' },
  'compute.vms.list': { reach: 'own' },
  'compute.vms.create': {
    reach: 'theirs',
    body: ({ world, blue, image }) => vmBody(world, blue, { name: 'thief', imageId: image.id }),
  },
  'compute.vms.get': { reach: 'theirs' },
  'compute.vm-usage.get': { reach: 'theirs' },
  'compute.vms.update': { reach: 'theirs', body: () => ({ metadata: {} }) },
  'compute.vms.delete': { reach: 'theirs' },
  'compute.vms.shares.list': { reach: 'theirs' },
  'compute.vms.shares.create': { reach: 'theirs', body: ({ blue }) => ({ user: blue.email }) },
  'compute.vms.shares.delete': { reach: 'theirs' },
  'compute.vms.console': { reach: 'theirs' },
  'compute.vms.reboot': { reach: 'theirs' },
  'compute.vms.timeline.list': { reach: 'theirs' },
  'network.vpcs.list': { reach: 'own' },
  'network.vpcs.create': { reach: 'own', body: () => ({ name: 'mine' }) },
  'network.vpcs.get': { reach: 'theirs' },
  'network.vpcs.update': { reach: 'theirs', body: () => ({ metadata: {} }) },
  'network.vpcs.delete': { reach: 'theirs' },
  'network.vpcs.shares.list': { reach: 'theirs' },
  'network.vpcs.shares.create': { reach: 'theirs', body: ({ blue }) => ({ user: blue.email }) },
  'network.vpcs.shares.delete': { reach: 'theirs' },
  'network.subnets.list': { reach: 'own' },
  'network.subnets.create': {
    reach: 'theirs',
    body: ({ blue }) => ({ vpcId: blue.vpc.id, name: 'mine', cidr: '10.1.0.0/24' }),
  },
  'network.subnets.get': { reach: 'theirs' },
  'network.subnets.update': { reach: 'theirs', body: () => ({ metadata: {} }) },
  'network.subnets.delete': { reach: 'theirs' },
  'network.subnets.shares.list': { reach: 'theirs' },
  'network.subnets.shares.create': { reach: 'theirs', body: ({ blue }) => ({ user: blue.email }) },
  'network.subnets.shares.delete': { reach: 'theirs' },
  'pat.mappings.list': { reach: 'own' },
  'pat.mappings.create': {
    reach: 'theirs',
    body: ({ blue }) => ({ vmId: blue.vms[0].id, targetPort: 8080 }),
  },
  'pat.mappings.get': { reach: 'theirs' },
  'pat.mappings.update': { reach: 'theirs', body: () => ({ metadata: {} }) },
  'pat.mappings.delete': { reach: 'theirs' },
};

const idOf = (path: string, { world, blue, image, machineType }: Resources): string => {
  const nouns: [string, string][] = [
    ['/iaas/tenants', blue.tenantId],
    ['/iaas/users', blue.userId],
    ['/iaas/hosts', world.hosts[0].id],
    ['/iaas/images', image.id],
    ['/iaas/machine-types', machineType.id],
    ['/iaas/vms', blue.vms[0].id],
    ['/iaas/vpcs', blue.vpc.id],
    ['/iaas/subnets', blue.subnet.id],
    ['/pat/mappings', blue.mappings[0].ssh.id],
  ];
  return nouns.find(([prefix]) => path.startsWith(prefix))?.[1] ?? '';
};

const pathOf = (path: string, at: Resources): string =>
  path
    .replace(/\{(id|tenantId)\}/, idOf(path, at))
    .replace('{userId}', at.blue.userId)
    .replace('{kind}', 'vms');

/** The status of a request that changes nothing, whoever sends it. */
async function statusOf(rest: RestClient, route: Route, at: Resources): Promise<number> {
  const path = pathOf(route.path, at);
  const needs = route.operation === 'compute.images.upload' ? 'offset=0&' : '';
  const dry = route.method === 'GET' ? path : `${path}?${needs}dryRun=true`;
  const body =
    route.method === 'GET' || route.method === 'DELETE' || needs
      ? undefined
      : (CASES[route.operation].body?.(at) ?? {});
  try {
    return (await rest.send(route.method, dry, body)).status;
  } catch (error) {
    if (error instanceof RestError) return error.problem.status;
    throw error;
  }
}

const STRANGER: Record<Reach, number[]> = {
  own: [200, 201],
  shared: [200],
  theirs: [404],
  admin: [403],
  anyone: [200, 201, 202, 400, 401, 422],
  session: [200, 204],
};
const OWNER: Record<Reach, number[]> = { ...STRANGER, theirs: [200, 201, 202, 204, 409] };

export function truthTable(world: () => World): void {
  describe('every route of the document', () => {
    let at: Resources;

    beforeAll(async () => {
      const [blue] = world().tenants;
      const url = 'http://10.77.0.1:9000/guest.qcow2';
      const image = await blue.rest.post<ImageView>('/iaas/images?wait=30s', { name: 'own', url });
      const [machineType] = await blue.rest.get<MachineTypeView[]>('/iaas/machine-types');
      at = { world: world(), blue, image, machineType };
    }, 60_000);

    const routes = documentedRoutes();

    it('is classified here', () => {
      expect(routes.filter(({ operation }) => !(operation in CASES))).toEqual([]);
    });

    it.each(routes)('$method $path for nobody', async (route) => {
      const status = await statusOf(world().rest, route, at);
      if (route.permission === 'anyone') expect(STRANGER.anyone).toContain(status);
      else expect(status).toBe(401);
    });

    const loggedIn = routes.filter(
      ({ operation }) => !['anyone', 'session'].includes(CASES[operation]?.reach),
    );

    it.each(loggedIn)('$method $path for a stranger', async (route) => {
      const [, red] = world().tenants;
      expect(STRANGER[CASES[route.operation].reach]).toContain(await statusOf(red.rest, route, at));
    });

    it.each(loggedIn)('$method $path for the owner', async (route) => {
      expect(OWNER[CASES[route.operation].reach]).toContain(await statusOf(at.blue.rest, route, at));
    });

    it.each(
      routes.filter(({ operation }) => operation.endsWith('.list') && CASES[operation]?.reach === 'own'),
    )('GET $path shows a stranger nothing of the tenant', async ({ path }) => {
      const [, red] = world().tenants;
      expect(JSON.stringify(await red.rest.get(path))).not.toContain(at.blue.tenantId);
    });

    it('shows addresses and keys of hosts to administrators only', async () => {
      const path = `/iaas/hosts/${at.world.hosts[0].id}`;
      expect(await at.blue.rest.get(path)).not.toHaveProperty('address');
      expect(await at.world.admin.get(path)).toHaveProperty('hostKey');
    });
  });
}
