import type { ContainerView, ImageView, MappingView } from '@nubo/contracts';
import { machines } from '../../demo/chapters/machines';
import { http } from '../../demo/outside';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { furnishedWorld, problemOf } from './surroundings';

const LONG_MS = 400_000;
/** Both tenants have a container at this address. */
const SAME = '190.0.0.50';

const WEB = [
  'sh',
  '-c',
  'mkdir -p /tmp/w; echo "web of $WHO" >/tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w',
];
/** Asks again and again, and writes what it was told. */
const ASK = ['sh', '-c', `while :; do wget -q -O - http://${SAME}/ || echo nobody; sleep 1; done`];

describe('containers of two tenants with the same subnet', () => {
  let world: World;
  const webs: ContainerView[] = [];

  beforeAll(async () => {
    world = await furnishedWorld('ct');
    await machines[0].run(world);
    for (const tenant of world.tenants) webs.push(await web(tenant));
  }, LONG_MS);

  afterAll(async () => {
    await world.saveLogs('e2e-containers');
    await world.close();
  }, LONG_MS);

  const make = async (
    { rest, subnet }: TenantOfTheStory,
    body: object,
    address: { ip?: string } = {},
  ): Promise<ContainerView> => {
    const nics = [{ subnetId: subnet.id, ...address }];
    const made = await rest.post<ContainerView>('/iaas/containers?wait=90s', { memory: 32, nics, ...body });
    expect(made.state).toBe('running');
    return made;
  };

  async function web(tenant: TenantOfTheStory): Promise<ContainerView> {
    const image = await tenant.rest.post<ImageView>('/iaas/images?wait=60s', {
      name: 'rootfs',
      kind: 'container',
      url: 'http://10.77.0.1:9000/rootfs.tar',
    });
    expect(image).toMatchObject({ state: 'ready', kind: 'container' });
    const env = { WHO: tenant.company };
    return make(tenant, { name: 'web', imageId: image.id, command: WEB, env }, { ip: SAME });
  }

  const logs = async ({ rest }: TenantOfTheStory, { id }: ContainerView): Promise<string> =>
    (await rest.get<{ text: string }>(`/iaas/containers/${id}/logs`)).text;

  it(
    'answer from outside, each at a port of its own router',
    async () => {
      for (const [n, tenant] of world.tenants.entries()) {
        const wish = { containerId: webs[n]?.id, targetPort: 80 };
        const mapping = await tenant.rest.post<MappingView>('/pat/mappings?wait=30s', wish);
        const page = await until('the page', 30, () => http(world, mapping).catch(() => undefined));
        expect(page).toBe(`web of ${tenant.company}`);
      }
    },
    LONG_MS,
  );

  it(
    'meet their neighbours, and never the other tenant',
    async () => {
      for (const [n, tenant] of world.tenants.entries()) {
        const client = await make(tenant, { name: 'client', imageId: webs[n]?.imageId, command: ASK });
        const said = await until('an answer', 30, async () => {
          const text = await logs(tenant, client);
          return text.includes('web of') && text;
        });
        const other = world.tenants[1 - n]?.company ?? '';
        expect(said).toContain(`web of ${tenant.company}`);
        expect(said).not.toContain(`web of ${other}`);
      }
    },
    LONG_MS,
  );

  it('are not there for the other tenant', async () => {
    const [, red] = world.tenants;
    const problem = await problemOf(red.rest.get(`/iaas/containers/${webs[0]?.id}`));
    expect(problem).toMatchObject({ status: 404, code: 'container_not_found' });
  });

  it(
    'go with all that they had',
    async () => {
      for (const { rest } of world.tenants) {
        const all = await rest.get<ContainerView[]>('/iaas/containers');
        await Promise.all(all.map(({ id }) => rest.delete(`/iaas/containers/${id}?wait=90s`)));
        expect(await rest.get<ContainerView[]>('/iaas/containers')).toEqual([]);
      }
      for (const name of world.hostNames) {
        const { stdout } = await world.lab.execOnHost(name, 'ls /run/netns | grep ^nc- || :');
        expect(stdout).toBe('');
      }
    },
    LONG_MS,
  );
});
