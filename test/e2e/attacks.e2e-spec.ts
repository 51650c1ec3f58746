/** What a tenant tries against another and against the platform, through REST alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubnetView, UserView, VpcView } from '@nubo/contracts';
import type { TenantOfTheStory, World } from '../../demo/world';
import { furnishedWorld, problemOf, vmBody } from './surroundings';

const LONG_MS = 180_000;

describe('a tenant that attacks', () => {
  let world: World;
  let blue: TenantOfTheStory;
  let red: TenantOfTheStory;

  beforeAll(async () => {
    world = await furnishedWorld('atk');
    const [first, second] = world.tenants;
    if (!first || !second) throw new Error('two tenants are needed');
    [blue, red] = [first, second];
    for (const tenant of [blue, red]) {
      tenant.vpc = await tenant.rest.post<VpcView>('/iaas/vpcs?wait=30s', { name: 'main' });
      const subnet = { vpcId: tenant.vpc.id, name: 'servers', cidr: '190.0.0.0/24' };
      tenant.subnet = await tenant.rest.post<SubnetView>('/iaas/subnets?wait=30s', subnet);
    }
  }, LONG_MS);

  afterAll(() => world?.close(), LONG_MS);

  it.each(['as it is', 'in capitals'])('finds nothing of another under its id, written %s', async (how) => {
    const written = (id: string): string => (how === 'in capitals' ? id.toUpperCase() : id);
    const paths = [
      `/iaas/vpcs/${written(red.vpc.id)}`,
      `/iaas/subnets/${written(red.subnet.id)}`,
      `/iaas/tenants/${written(red.tenantId)}`,
      `/iaas/users/${written(red.userId)}`,
    ];
    for (const path of paths) {
      expect(await problemOf(blue.rest.get(path))).toMatchObject({ status: 404 });
      expect(await problemOf(blue.rest.put(path, { metadata: { a: 'b' } }))).toMatchObject({ status: 404 });
    }
  });

  it('makes nothing on the networks of another', async () => {
    const stolen = vmBody(world, red, { name: 'thief' });
    expect(await problemOf(blue.rest.post('/iaas/vms', stolen))).toMatchObject({ status: 404 });
    const subnet = { vpcId: red.vpc.id, name: 'thief', cidr: '10.1.0.0/24' };
    expect(await problemOf(blue.rest.post('/iaas/subnets', subnet))).toMatchObject({ status: 404 });
    expect(await red.rest.get<SubnetView[]>('/iaas/subnets')).toHaveLength(1);
  });

  it('changes no password with a stolen token alone, however the id is written', async () => {
    for (const id of [blue.userId, blue.userId.toUpperCase()]) {
      const change = blue.rest.put<UserView>(`/iaas/users/${id}`, { password: 'stolen-and-changed' });
      expect(await problemOf(change)).toMatchObject({ status: 400, code: 'invalid_input' });
    }
  });

  it.each([
    ['NUL', { metadata: { a: 'b\0' } }],
    ['half a surrogate pair', { metadata: { a: '\ud800' } }],
    ['null for a name', { name: null }],
    ['a field of the platform', { state: 'error' }],
  ])('is told what is wrong with %s', async (_, body) => {
    for (const path of [`/iaas/vpcs/${blue.vpc.id}`, `/iaas/tenants/${blue.tenantId}`]) {
      expect(await problemOf(blue.rest.put(path, body))).toMatchObject({ status: 400 });
    }
  });

  it('finds no password and no token in what the services wrote', () => {
    const { logDir } = world.platform;
    const logs = readdirSync(logDir).map((file) => readFileSync(join(logDir, file), 'utf8'));
    for (const secret of [blue.password, red.password, 'stolen-and-changed', 'eyJhbGciOi']) {
      expect(logs.filter((log) => log.includes(secret))).toEqual([]);
    }
  });
});
