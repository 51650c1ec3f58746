import { randomUUID } from 'node:crypto';
import {
  createVm,
  deleteVm,
  getVm,
  hostChanged,
  listVmTimeline,
  rebootVm,
  resolveUser,
  updateVm,
  vmShares,
  type Principal,
  type VmEventName,
  type VmState,
  type VmTimelineEntry,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { HappeningRow } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from './testing/compute-world';
import { KEPT, record } from '../instances/timeline.store';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  host = await world.host({ name: 'h1' });
  await world.app.bus.answer(resolveUser, ({ user: userId }) => ({
    userId,
    tenantId: null,
    email: 'ada@blue.test',
  }));
});
afterEach(() => world.hypervisor.faults.clear());
afterAll(() => world?.stop());

async function all(id: string, who = owner): Promise<VmTimelineEntry[]> {
  return (await world.app.call(listVmTimeline, contextOf(who), { id })).items;
}
/** Oldest first. */
const events = async (id: string): Promise<VmEventName[]> =>
  (await all(id)).map(({ event }) => event).reverse();
const last = async (id: string): Promise<VmTimelineEntry | undefined> => (await all(id))[0];
const becomes = (id: string, state: VmState) =>
  eventually(async () => (await world.app.call(getVm, contextOf(owner), { id })).state === state);
const tells = (id: string, event: VmEventName) =>
  eventually(async () => (await all(id)).find((entry) => entry.event === event));

async function runningVm(): Promise<string> {
  const { id } = await world.create(owner);
  await becomes(id, 'running');
  return id;
}

const MADE: VmEventName[] = ['created', 'placed', 'image-ready', 'ports-ready', 'started'];

describe('the timeline of a VM', () => {
  it('tells how it came to run, and who wanted it with which request', async () => {
    const wish = await world.wish(owner);
    const ctx = contextOf(owner);
    const { id } = await world.app.call(createVm, ctx, wish);
    await becomes(id, 'running');
    expect(await events(id)).toEqual(MADE);
    const told = await all(id);
    expect(told.at(-1)).toMatchObject({ userId: owner.userId, requestId: ctx.requestId });
    expect(told.at(-2)).toMatchObject({ detail: 'on h1 in loc1', userId: null, requestId: null });
    expect(told.at(-4)?.detail).toMatch(/^190\.0\.0\./);
  });

  it('tells what was asked of it and what became of that', async () => {
    const id = await runningVm();
    const ask = (input: object) => world.app.call(updateVm, contextOf(owner), { id, ...input });
    await ask({ state: 'stopped' });
    await becomes(id, 'stopped');
    await ask({ state: 'running' });
    await becomes(id, 'running');
    await world.app.call(rebootVm, contextOf(owner), { id, hard: true });
    await becomes(id, 'running');
    await ask({ name: 'db' });
    await ask({ name: 'db' });
    expect(await events(id)).toEqual([
      ...MADE,
      ...['stop-asked', 'stopped', 'start-asked', 'started', 'reboot-asked', 'started', 'renamed'],
    ]);
    expect(await last(id)).toMatchObject({ detail: 'web → db', userId: owner.userId });
  });

  it('tells what happened to it unasked', async () => {
    const id = await runningVm();
    world.hypervisor.crashUnseen(host.id, id);
    await wake(world.em, 'vm', id);
    await tells(id, 'crashed');
    await becomes(id, 'running');
    world.hypervisor.guestPowersOff(host.id, id);
    await wake(world.em, 'vm', id);
    await becomes(id, 'stopped');
    expect(await events(id)).toEqual([...MADE, 'crashed', 'started', 'guest-off']);
  });

  it('tells that its host went and came back', async () => {
    const id = await runningVm();
    const hostIs = async (state: Host['state']): Promise<void> => {
      await world.em.update(Host, { id: host.id }, { state });
      await world.app.bus.publish(hostChanged, { hostId: host.id, state });
    };
    await hostIs('down');
    expect(await tells(id, 'host-down')).toMatchObject({ detail: 'h1' });
    await hostIs('ready');
    await tells(id, 'host-back');
    expect(await events(id)).toEqual([...MADE, 'host-down', 'host-back']);
  });

  it('tells why it failed, once per reason', async () => {
    world.hypervisor.faults.injectAlways('fail', 'define');
    const { id } = await world.create(owner);
    await world.em.query(`UPDATE work SET deadline_at = now() WHERE resource_id = $1`, [id]);
    await becomes(id, 'error');
    await wake(world.em, 'vm', id);
    await eventually(() => world.hypervisor.faults.calls.filter((call) => call === 'define').length > 2);
    const failures = (await all(id)).filter(({ event }) => event === 'failed');
    expect(failures).toHaveLength(1);
    expect(failures[0]?.detail).toContain('define the domain: define failed');
  });

  it('is shown page by page, newest first', async () => {
    const id = await runningVm();
    const page = (after?: string) =>
      world.app.call(listVmTimeline, contextOf(owner), { id, limit: 3, ...(after && { after }) });
    const first = await page();
    const rest = await page(first.next);
    const told = [...first.items, ...rest.items].map(({ event }) => event);
    expect(told).toEqual([...MADE].reverse());
    expect(rest.next).toBeUndefined();
    const foreign = page(Buffer.from('1 OR 1=1').toString('base64url'));
    await expect(foreign).rejects.toMatchObject({
      kind: 'invalid',
      details: { fields: [{ field: 'after' }] },
    });
  });

  it('shows those who may only use it nobody’s id but their own', async () => {
    const id = await runningVm();
    const friend = someone('member');
    await expect(all(id, friend)).rejects.toMatchObject({ code: 'vm_not_found' });
    const other = randomUUID();
    for (const user of [friend.userId, other])
      await world.app.call(vmShares.create, contextOf(owner), { id, user });
    await world.app.call(vmShares.remove, contextOf(owner), { id, userId: other });
    await world.app.call(rebootVm, contextOf(friend), { id });
    await becomes(id, 'running');
    const seen = await all(id, friend);
    expect(JSON.stringify(seen)).not.toContain(owner.userId);
    expect(seen.find(({ event }) => event === 'reboot-asked')).toMatchObject({ userId: friend.userId });
    expect(seen.find(({ event }) => event === 'placed')?.detail).toBe('on h1 in loc1');
    expect(JSON.stringify(seen)).not.toContain(other);
    const shares = (await all(id)).filter(({ event }) => ['shared', 'unshared'].includes(event)).reverse();
    expect(shares.map(({ detail }) => detail)).toEqual([
      `with ${friend.userId}, to use`,
      `with ${other}, to use`,
      `with ${other}`,
    ]);
  });

  it('keeps the newest and goes with its VM', async () => {
    const id = await runningVm();
    for (let n = 0; n < KEPT + 5; n += 1) await record(world.em, id, { event: 'crashed', detail: String(n) });
    expect(await world.em.countBy(HappeningRow, { instanceId: id })).toBe(KEPT);
    expect((await last(id))?.detail).toBe(String(KEPT + 4));
    await world.app.call(deleteVm, contextOf(owner), { id });
    await eventually(async () => (await world.em.countBy(HappeningRow, { instanceId: id })) === 0);
    await record(world.em, id, { event: 'crashed' });
    expect(await world.em.countBy(HappeningRow, { instanceId: id })).toBe(0);
  });

  it('tells nothing of what was only tried', async () => {
    const id = await runningVm();
    await world.app.call(updateVm, contextOf(owner, { dryRun: true }), { id, state: 'stopped' });
    expect(await events(id)).toEqual(MADE);
  });
});
