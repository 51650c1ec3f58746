import { deleteDistribution, NuboError, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { Distribution } from '../../../../libs/entities/src/cdn';
import { CdnWorld, type Files } from '../testing/cdn-world';

jest.setTimeout(60_000);

const ONE: Files = { 'index.html': 'one' };

let world: CdnWorld;
let who: Principal;
beforeAll(async () => {
  world = await CdnWorld.open();
});
beforeEach(async () => {
  who = await world.owner();
  world.services.imageless = undefined;
});
afterAll(() => world?.stop());

describe('a distribution of VMs', () => {
  it('asks for VMs that are told what they are, serves, and goes with all of them', async () => {
    const before = world.services.left;
    const view = await world.ready(who, ONE, { runtime: 'vm' });
    expect(view.runtime).toBe('vm');
    expect(view.instances.filter(({ role }) => role === 'edge').map(({ release }) => release)).toEqual([
      1, 1,
    ]);
    const vms = view.instances.map(({ id }) => world.services.vms.get(id));
    expect(vms).toHaveLength(5);
    for (const [n, vm] of vms.entries()) {
      const { role, location } = view.instances[n] ?? {};
      expect(vm).toMatchObject({
        platformImage: 'nubo-edge',
        managedBy: 'cdn',
        userId: who.userId,
        location,
      });
      expect(vm?.userData).toMatch(/^#!\/bin\/sh\n/);
      expect(vm?.userData).toContain(`\nNUBO_ROLE=${role}\nNUBO_LOCATION=${location}\n`);
      expect(vm?.userData).toContain(`\nNUBO_CUSTOMER=${view.customerId}\nNUBO_TOKEN=`);
    }
    await world.app.call(deleteDistribution, contextOf(who), { id: view.id });
    await eventually(async () => !(await world.em.existsBy(Distribution, { id: view.id })));
    expect(world.services.left).toBe(before);
  });

  it('is refused where there is no image for them, and nothing is made', async () => {
    world.services.imageless = new NuboError('not_found', 'no_platform_image', 'Build it.');
    await expect(world.create(who, ONE, { runtime: 'vm' })).rejects.toMatchObject({
      code: 'no_platform_image',
      message: 'Build it.',
    });
    expect(await world.em.countBy(Distribution, { tenantId: who.tenantId ?? '' })).toBe(0);
  });
});
