import { getContainer, updateContainer, type ContainerView, type Principal } from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { ComputeWorld, IMAGE_FILE } from '../vms/testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  host = await world.host();
});
afterEach(() => {
  world.runtime.ending.clear();
  world.runtime.faults.clear();
});
afterAll(() => world?.stop());

const show = (id: string) => world.app.call(getContainer, contextOf(owner), { id });
const becomes = (id: string, state: ContainerView['state']): Promise<ContainerView> =>
  eventually(async () => {
    const now = await show(id);
    if (now.state === state) return now;
    throw new TypeError(`${now.state}: ${now.stateReason}`);
  });

describe('a container that is to be started again by itself', () => {
  it('says why when that takes too long, and is tried when asked to', async () => {
    const { id } = await world.container(owner);
    await becomes(id, 'running');
    world.runtime.faults.injectAlways('fail', 'start');
    world.runtime.powerOff(host.id);
    world.runtime.powerOn(host.id);
    await wake(world.em, 'container', id);
    await becomes(id, 'starting');
    const over = `UPDATE work SET deadline_at = now() WHERE resource_id = $1 AND deadline_at IS NOT NULL`;
    await world.em.query(over, [id]);
    expect((await becomes(id, 'error')).stateReason).toContain('start the container: start failed');
    world.runtime.faults.clear();
    await world.app.call(updateContainer, contextOf(owner), { id, state: 'running' });
    await becomes(id, 'running');
  });

  it('has as long for each start as a start may take, however long ago it was made', async () => {
    world.runtime.ending.set(IMAGE_FILE, 1);
    world.runtime.faults.injectAlways('fail', 'start');
    const { id } = await world.container(owner);
    await world.em.query(`UPDATE work SET deadline_at = now() + interval '5 s' WHERE resource_id = $1`, [id]);
    world.runtime.faults.clear();
    await eventually(async () => (await show(id)).restarts > 0);
    const sql = `SELECT deadline_at > now() + interval '20 s' AS later FROM work WHERE resource_id = $1`;
    expect(await world.em.query(sql, [id])).toEqual([{ later: true }]);
  });
});
