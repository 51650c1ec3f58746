import { randomUUID } from 'node:crypto';
import type { HostState } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { HostLeftover } from '../../../../libs/entities/src/compute';
import { HostWorld } from '../testing/host-world';
import { runKilledBefore, runOf } from '../testing/runs';
import { HealthReconciler } from './health.reconciler';
import { HostFault } from './hosts.driver';
import { HostReconciler } from './hosts.reconciler';

jest.setTimeout(60_000);

let world: HostWorld;
beforeAll(async () => {
  world = await HostWorld.start();
});
beforeEach(() => world.reset());
afterAll(() => world?.stop());

const rowOf = (id: string): Promise<Host | null> => world.database.em.findOneBy(Host, { id });

/** The steps that one undisturbed run takes. */
async function stepsFrom(state: HostState): Promise<string[]> {
  const steps: string[] = [];
  const id = await world.row({ state });
  await world.app.get(HostReconciler).run(
    id,
    runOf('host', id, 1, (step) => void steps.push(step)),
  );
  return steps;
}

const killedBefore = (id: string, index: number): Promise<unknown> =>
  world.app
    .get(HostReconciler)
    .run(id, runKilledBefore('host', id, index))
    .catch(() => undefined);

describe('the preparation of a host', () => {
  it('goes on from wherever it was killed, and twice is harmless', async () => {
    const steps = await stepsFrom('enrolling');
    expect(steps.length).toBeGreaterThanOrEqual(4);
    for (let index = 0; index <= steps.length; index += 1) {
      const id = await world.row();
      await killedBefore(id, index);
      for (const attempt of [2, 3]) await world.app.get(HostReconciler).run(id, runOf('host', id, attempt));
      expect(await rowOf(id)).toMatchObject({
        state: 'ready',
        virt: 'kvm',
        vcpus: 8,
        underlayAddress: '10.77.0.11',
      });
    }
  });

  it('can be ended by a deletion from every half-made state', async () => {
    const steps = await stepsFrom('enrolling');
    for (let index = 0; index <= steps.length; index += 1) {
      const id = await world.row();
      await killedBefore(id, index);
      await world.database.em.update(Host, { id }, { state: 'deleting' });
      const outcome = await world.app.get(HostReconciler).run(id, runOf('host', id, 2));
      expect(outcome.is).toBe('gone');
      expect(await rowOf(id)).toBeNull();
    }
  });

  it('is not taken back while somebody still looks at the host, who would start things on it again', async () => {
    const id = await world.row({ state: 'deleting' });
    const { em } = world.database;
    const remove = () => world.app.get(HostReconciler).run(id, runOf('host', id));
    const lease = (until: string) =>
      em.query(
        `INSERT INTO work (kind, resource_id, lease_until, due_at) VALUES ('container-inventory', $1, ${until}, 'infinity')
         ON CONFLICT (kind, resource_id) DO UPDATE SET lease_until = excluded.lease_until`,
        [id],
      );
    await lease(`now() + interval '1 minute'`);
    expect((await remove()).is).toBe('waiting');
    expect(await rowOf(id)).toMatchObject({ state: 'deleting' });
    await lease('now()');
    expect((await remove()).is).toBe('gone');
  });

  it.each<[number, boolean]>([
    [1, false],
    [3, false],
    [4, true],
  ])('is taken back %d times when the host does not let go: our key stays: %s', async (times, trusts) => {
    const id = await world.row({ state: 'deleting' });
    world.hosts.machine.trusts = true;
    const leave = jest.spyOn(world.hosts, 'leave');
    for (let time = 0; time < times; time += 1)
      leave.mockRejectedValueOnce(new HostFault('unusable', 'host a: exit 1'));
    expect((await world.app.get(HostReconciler).run(id, runOf('host', id))).is).toBe('gone');
    leave.mockRestore();
    expect(world.hosts.machine.trusts).toBe(trusts);
    expect(await rowOf(id)).toBeNull();
  });

  it('asks a host that does not answer for nothing twice', async () => {
    const id = await world.row({ state: 'deleting' });
    const leave = jest.spyOn(world.hosts, 'leave');
    world.hosts.machine.fault = new HostFault('unreachable', 'host a: no answer');
    expect((await world.app.get(HostReconciler).run(id, runOf('host', id))).is).toBe('gone');
    expect(leave).toHaveBeenCalledTimes(1);
    leave.mockRestore();
  });

  describe('waits for what is left of deleted instances', () => {
    const removed = async (change: Partial<Host> = {}): Promise<string> => {
      const id = await world.row({ state: 'deleting', ...change });
      await world.database.em.insert(HostLeftover, { hostId: id, instanceId: randomUUID() });
      return (await world.app.get(HostReconciler).run(id, runOf('host', id))).is;
    };

    it('to be taken off it', async () => expect(await removed()).toBe('waiting'));

    it('not for ever', async () =>
      expect(await removed({ updatedAt: new Date(Date.now() - 31_000) })).toBe('gone'));

    it('not on a host that does not answer', async () => {
      world.hosts.machine.fault = new HostFault('unreachable', 'host a: no answer');
      expect(await removed()).toBe('gone');
    });
  });

  it('says after its deadline why it did not succeed, and still may', async () => {
    const id = await world.row();
    const reconciler = world.app.get(HostReconciler);
    await reconciler.expired(id, 'reach the host: host a: no answer');
    expect(await rowOf(id)).toMatchObject({
      state: 'error',
      stateReason: 'reach the host: host a: no answer',
    });
    await world.tells(id, 'error');
    await reconciler.run(id, runOf('host', id));
    expect(await rowOf(id)).toMatchObject({ state: 'ready', stateReason: null });
  });

  it('leaves a host alone that is at work', async () => {
    const id = await world.row({ state: 'down', vcpus: 3 });
    expect(await world.app.get(HostReconciler).run(id, runOf('host', id))).toEqual({ is: 'settled' });
    expect(await rowOf(id)).toMatchObject({ state: 'down', vcpus: 3 });
  });
});

describe('the pulse of a host', () => {
  const silence = new HostFault('unreachable', 'host a: no answer');
  const ago = (ms: number): Date => new Date(Date.now() - ms);
  const look = (id: string, attempt = 1) =>
    world.app.get(HealthReconciler).run(id, runOf('host-health', id, attempt));

  it('is felt again after five seconds, and notes when', async () => {
    const id = await world.row({ state: 'ready', bootId: 'boot-1', lastSeenAt: ago(60_000) });
    const outcome = await look(id);
    expect(outcome).toMatchObject({ is: 'settled' });
    expect(outcome).toHaveProperty('recheckMs', expect.closeTo(5_000, -3));
    expect((await rowOf(id))?.lastSeenAt?.getTime()).toBeGreaterThan(Date.now() - 5_000);
  });

  it.each<[number, number, HostState]>([
    [5_000, 3, 'ready'],
    [11_000, 3, 'suspect'],
    [31_000, 6, 'down'],
    [31_000, 1, 'ready'],
  ])('that was felt %d ms ago, after %d looks, makes it %s', async (ms, attempt, state) => {
    const id = await world.row({ state: 'ready', bootId: 'boot-1', lastSeenAt: ago(ms) });
    world.hosts.machine.fault = silence;
    expect(await look(id, attempt)).toMatchObject({ is: 'waiting' });
    expect(await rowOf(id)).toMatchObject({ state });
  });

  it('that stops is told, and told again when it is back', async () => {
    const id = await world.row({ state: 'suspect', bootId: 'boot-1', lastSeenAt: ago(31_000) });
    world.hosts.machine.fault = silence;
    await look(id, 9);
    expect(await rowOf(id)).toMatchObject({
      state: 'down',
      stateReason: 'Does not answer: host a: no answer',
    });
    await world.tells(id, 'down');
    world.hosts.machine.fault = undefined;
    await look(id, 10);
    expect(await rowOf(id)).toMatchObject({ state: 'ready', stateReason: null });
    await world.tells(id, 'ready');
  });

  it('of another boot is told although nobody saw it stop', async () => {
    const id = await world.row({ state: 'ready', bootId: 'boot-0', lastSeenAt: ago(5_000) });
    await look(id);
    expect(await rowOf(id)).toMatchObject({ state: 'ready', bootId: 'boot-1' });
    await world.tells(id, 'ready');
  });

  it('under another host key is refused, and looked for no more', async () => {
    const id = await world.row({ state: 'ready', bootId: 'boot-1', lastSeenAt: ago(5_000) });
    world.hosts.machine.fault = new HostFault('key_changed', 'host a: its key is SHA256:other');
    expect(await look(id)).toEqual({ is: 'settled' });
    const row = await rowOf(id);
    expect(row).toMatchObject({ state: 'error' });
    expect(row?.stateReason).toMatch(/its key is SHA256:other.*delete it here and enrol it again/);
    await world.tells(id, 'error');
  });

  it('of a host that is gone is no more felt', async () => {
    const id = await world.row();
    expect(await look(id)).toEqual({ is: 'settled' });
    await world.database.em.delete(Host, { id });
    expect(await look(id)).toEqual({ is: 'gone' });
  });
});
