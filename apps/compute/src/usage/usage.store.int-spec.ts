// Two replicas look at one guest, each step of a look at any time: what they count together is what the guest did.
import { randomUUID } from 'node:crypto';
import { METERED_KINDS, type MeteredKind } from '@nubo/contracts';
import { meteredOf } from '@nubo/quota';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import fc from 'fast-check';
import { Intentions, type Database } from '@nubo/persistence';
import { InstanceUsage, Vm } from '../../../../libs/entities/src/compute';
import { COMPUTE_SCHEMA } from '../compute.schema';
import { UsageStore, type CountedInstance, type SeenUse } from './usage.store';

jest.setTimeout(120_000);

let database: TestDatabase;
let store: UsageStore;
beforeAll(async () => {
  database = await testDatabase([COMPUTE_SCHEMA]);
  store = new UsageStore(new Intentions({ manager: database.em } as Database));
});
afterAll(() => database?.stop());

async function aVm(): Promise<Vm> {
  const id = randomUUID();
  const whose = { tenantId: randomUUID(), userId: randomUUID() };
  const size = { vcpus: 1, memoryMib: 64, diskGib: 1 };
  const place = { hostId: randomUUID(), location: 'loc1', imageId: randomUUID() };
  const state = { state: 'running' as const, wantedState: 'running' as const };
  await database.em.insert(Vm, { id, name: 'guest', ...whose, ...size, ...place, ...state });
  await database.em.insert(InstanceUsage, { instanceId: id });
  return database.em.findOneByOrFail(Vm, { id });
}

/** A guest and what it truly did. */
class Guest {
  readonly worked: Partial<Record<MeteredKind, number>> = {};
  private run = 0;
  private on = true;
  private counters: Record<string, number> = {};

  constructor(readonly id: string) {}

  work(kind: MeteredKind, amount: number): void {
    if (!this.on) return;
    this.worked[kind] = (this.worked[kind] ?? 0) + amount;
    this.counters[kind] = (this.counters[kind] ?? 0) + amount;
  }

  seen(): SeenUse {
    if (!this.on) return { instanceId: this.id, state: { is: 'off' } };
    const sample = { incarnation: `run ${this.run}`, counters: { ...this.counters } };
    return { instanceId: this.id, state: { is: 'running' }, sample };
  }

  restart(): void {
    Object.assign(this, { run: this.run + 1, counters: {}, on: true });
  }

  /** The next run may have the name of this one. */
  turn(): void {
    Object.assign(this, { counters: {}, on: !this.on });
  }
}

interface Look {
  before: CountedInstance[];
  seen?: SeenUse[];
}

type Replica = 0 | 1;
type Act =
  | { act: 'work'; kind: MeteredKind; amount: number }
  | { act: 'read' | 'see' | 'note'; replica: Replica }
  | { act: 'note both' | 'restart' | 'turn off or on' };

class Scene {
  private readonly looks: [Look?, Look?] = [];

  constructor(
    private readonly guest: Guest,
    private readonly hostId: string,
  ) {}

  async play(one: Act): Promise<void> {
    switch (one.act) {
      case 'work':
        return this.guest.work(one.kind, one.amount);
      case 'read':
        this.looks[one.replica] = { before: await store.countedOn(this.hostId) };
        return;
      case 'see':
        this.see(one.replica);
        return;
      case 'note':
        return this.note(one.replica);
      case 'note both':
        await Promise.all([this.note(0), this.note(1)]);
        return;
      case 'restart':
        await this.wholeLook();
        return this.guest.restart();
      case 'turn off or on':
        await this.wholeLook();
        this.guest.turn();
        return this.wholeLook();
    }
  }

  async wholeLook(): Promise<void> {
    const before = await store.countedOn(this.hostId);
    expect(await store.note(before, [this.guest.seen()])).toBe(0);
  }

  private see(replica: Replica): void {
    const look = this.looks[replica];
    if (look) look.seen = [this.guest.seen()];
  }

  private async note(replica: Replica): Promise<void> {
    const { before, seen } = this.looks[replica] ?? {};
    if (before && seen) await store.note(before, seen);
  }
}

const replica = fc.constantFrom<Replica>(0, 1);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('work' as const),
      kind: fc.constantFrom(...METERED_KINDS),
      amount: fc.integer({ min: 1, max: 2_000_000 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ act: fc.constantFrom('read' as const, 'see', 'note'), replica }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('note both' as const, 'restart', 'turn off or on') }),
  },
);

it('counts every bit once, whichever of two replicas looks when, and whatever is noted again', async () => {
  const comesToTheTruth = async (acts: Act[]): Promise<void> => {
    const { id, hostId } = await aVm();
    const guest = new Guest(id);
    const scene = new Scene(guest, hostId);
    for (const one of acts) await scene.play(one);
    await scene.wholeLook();
    const cpuSeconds = Math.floor((guest.worked.cpuSeconds ?? 0) / 1_000_000);
    const { cpuSeconds: counted = 0, ...bytes } = await meteredOf(database.em, id);
    expect({ ...bytes, cpuSeconds: counted }).toEqual({ ...guest.worked, cpuSeconds });
  };
  await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), comesToTheTruth), {
    numRuns: 80,
  });
});

it('counts nothing of a VM that was forgotten meanwhile', async () => {
  const { id, hostId, tenantId } = await aVm();
  const before = await store.countedOn(hostId);
  await database.em.delete(InstanceUsage, { instanceId: id });
  const guest = new Guest(id);
  guest.work('cpuSeconds', 9_000_000);
  expect(await store.note(before, [guest.seen()])).toBe(1);
  expect(await database.em.query('SELECT * FROM quota.usage WHERE tenant_id = $1', [tenantId])).toEqual([]);
});
