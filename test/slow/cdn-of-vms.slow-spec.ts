/** A distribution whose instances are VMs: the same content, from machines that boot. */
import type { DistributionView, ImageView, VmView } from '@nubo/contracts';
import { until } from '../../demo/wait';
import type { World } from '../../demo/world';
import { edgeDisk } from '../../edge/image';
import { Publisher, type Files } from '../e2e/publisher';
import { furnishedWorld } from '../e2e/surroundings';

/** Five VMs boot at once, under emulation. */
const BOOT_S = 800;
const LONG_MS = 900_000;
/** The controller asks edges every 0.5 s and leaves out whoever does not answer within 0.6 s, as one that still boots. */
const SEEN_S = 10;
jest.setTimeout(LONG_MS);

const ONE: Files = { 'index.html': '<h1>one</h1>', 'img/logo.svg': '<svg/>' };
const TWO: Files = { 'index.html': '<h1>two</h1>', 'img/logo.svg': '<svg/>' };

/** Prints a line for everything of a VM on a compute host. */
const OF_VMS = `virsh -q list --all --name | grep . | sed 's/^/domain /'
ls /var/lib/nubo/vms 2>/dev/null | sed 's/^/files /'
ls /sys/class/net | grep '^np' | sed 's/^/tap /'
ls /var/lib/nubo/fence | grep '^vm-' | sed 's/^/fence /'`;

describe('a distribution of VMs', () => {
  let world: World;
  let provider: Publisher;
  let site: DistributionView;

  beforeAll(async () => {
    await edgeDisk();
    world = await furnishedWorld('cdnvm');
    const [tenant] = world.tenants;
    if (!tenant) throw new Error('a tenant is needed');
    provider = new Publisher(tenant);
  }, LONG_MS);

  afterAll(async () => {
    await world?.saveLogs('slow-cdn-of-vms');
    await world?.close();
  }, LONG_MS);

  const onHosts = async (): Promise<string[]> => {
    const said = [];
    for (const name of world.hostNames.slice(0, 2)) {
      const { stdout } = await world.lab.execOnHost(name, OF_VMS);
      said.push(...stdout.split('\n').filter(Boolean));
    }
    return said;
  };

  it('boots one VM per role and location, and serves from both', async () => {
    const wish = { locations: ['loc1', 'loc2'], subnet: '190.0.0.0/24', name: 'site', runtime: 'vm' };
    site = await provider.send('/cdn/distributions', wish, ONE);
    site = await provider.ready(site.id, 1, BOOT_S);
    const vms = await world.admin.get<VmView[]>('/iaas/vms');
    expect(vms.map(({ id }) => id).sort()).toEqual(site.instances.map(({ id }) => id).sort());
    const image = await world.admin.get<ImageView>(`/iaas/images/${vms[0]?.imageId}`);
    expect(image).toMatchObject({ name: 'nubo-edge', kind: 'vm', tenantId: null });
    for (const location of site.locations) {
      await until(`the controller to see the edge in ${location}`, SEEN_S, async () => {
        const answer = await provider.fetch(site, `/img/logo.svg?location=${location}`);
        expect(`${answer.status} ${await answer.text()}`).toBe('200 <svg/>');
        return answer.headers.get('x-nubo-location') === location;
      });
      const edge = site.instances.find((one) => one.role === 'edge' && one.location === location);
      expect(await (await fetch(`${edge?.url}/`)).text()).toBe('<h1>one</h1>');
    }
  });

  it('is turned to a second release as containers are', async () => {
    await provider.send(`/cdn/distributions/${site.id}/releases`, {}, TWO);
    await provider.ready(site.id, 2, BOOT_S);
    for (const location of site.locations)
      expect(await provider.content(site, `/index.html?location=${location}`)).toBe('200 <h1>two</h1>');
  });

  it('goes with all that it had, on hosts too', async () => {
    expect((await onHosts()).filter((line) => line.startsWith('domain '))).toHaveLength(5);
    await provider.leave([site]);
    expect(await onHosts()).toEqual([]);
  });
});
