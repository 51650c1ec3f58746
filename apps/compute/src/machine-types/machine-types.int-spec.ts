import { randomUUID } from 'node:crypto';
import {
  createMachineType,
  createVm,
  deleteMachineType,
  getMachineType,
  getVm,
  listMachineTypes,
  updateMachineType,
  type CreateMachineType,
  type MachineTypeView,
  type Principal,
} from '@nubo/contracts';
import { contextOf, someone } from '@nubo/testing';
import { ComputeWorld } from '../vms/testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
const admin = someone('admin');
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  await world.host({ name: 'h1' });
});
afterAll(() => world?.stop());

const make = (input: CreateMachineType, who = admin): Promise<MachineTypeView> =>
  world.app.call(createMachineType, contextOf(who), input);
const named = (name: string) => ({ name, vcpus: 3, memory: 1024, disk: 7, description: 'for tests' });
const byName = async (name: string): Promise<MachineTypeView | undefined> =>
  (await world.app.call(listMachineTypes, contextOf(owner), {})).items.find((type) => type.name === name);

describe('machine types', () => {
  it('are three from the beginning, and everybody logged in sees them', async () => {
    const { items } = await world.app.call(listMachineTypes, contextOf(someone('member')), {});
    expect(items.map(({ name, vcpus, memory, disk }) => [name, vcpus, memory, disk]).sort()).toEqual([
      ['large', 4, 8192, 40],
      ['medium', 2, 2048, 20],
      ['small', 1, 512, null],
    ]);
    const nobody = world.app.call(listMachineTypes, contextOf(null), {});
    await expect(nobody).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('are made, changed and removed by administrators', async () => {
    const { id } = await make({ ...named('mine'), metadata: { tier: 'a' } });
    const found = await world.app.call(getMachineType, contextOf(owner), { id });
    expect(found).toMatchObject({ ...named('mine'), metadata: { tier: 'a' }, version: 1, tenantId: null });
    const change = { id, disk: null, memory: 2048, description: null };
    const changed = await world.app.call(updateMachineType, contextOf(admin), change);
    expect(changed).toMatchObject({ vcpus: 3, memory: 2048, disk: null, description: '', version: 2 });
    await world.app.call(deleteMachineType, contextOf(admin), { id });
    expect(await byName('mine')).toBeUndefined();
    const gone = world.app.call(getMachineType, contextOf(admin), { id });
    await expect(gone).rejects.toMatchObject({ code: 'machine_type_not_found' });
  });

  it('are left alone by everybody else', async () => {
    const { id } = await make(named('kept'));
    for (const call of [
      () => make(named('theirs'), owner),
      () => world.app.call(updateMachineType, contextOf(owner), { id, vcpus: 1 }),
      () => world.app.call(deleteMachineType, contextOf(owner), { id }),
    ])
      await expect(call()).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await byName('kept')).toMatchObject(named('kept'));
  });

  it('have names of their own', async () => {
    await make(named('one'));
    await expect(make(named('one'))).rejects.toMatchObject({ code: 'machine_type_name_taken' });
    const { id } = await make(named('two'));
    const rename = world.app.call(updateMachineType, contextOf(admin), { id, name: 'one' });
    await expect(rename).rejects.toMatchObject({ code: 'machine_type_name_taken' });
  });

  it('are not changed against an older version', async () => {
    const { id } = await make(named('versioned'));
    const stale = world.app.call(updateMachineType, contextOf(admin, { ifMatch: 7 }), { id, vcpus: 1 });
    await expect(stale).rejects.toMatchObject({ kind: 'precondition' });
    const removal = world.app.call(deleteMachineType, contextOf(admin, { ifMatch: 7 }), { id });
    await expect(removal).rejects.toMatchObject({ kind: 'precondition' });
  });

  it.each<[string, Partial<CreateMachineType> & Record<string, unknown>]>([
    ['name', { name: 'Not A Name' }],
    ['vcpus', { vcpus: 0 }],
    ['memory', { memory: 63 }],
    ['disk', { disk: -1 }],
    ['price', { price: 3 }],
  ])('are refused with a bad %s', async (field, overrides) => {
    const bad = make({ ...named('bad'), ...overrides });
    await expect(bad).rejects.toMatchObject({ kind: 'invalid', details: { fields: [{ field }] } });
  });

  it('are not made by a dry run', async () => {
    await world.app.call(createMachineType, contextOf(admin, { dryRun: true }), named('dry'));
    expect(await byName('dry')).toBeUndefined();
  });
});

describe('a VM of a machine type', () => {
  it('copies its numbers, and keeps them when the type changes or goes', async () => {
    const { id: typeId } = await make(named('copied'));
    const vm = await world.create(owner, { machineType: 'copied' });
    expect(vm).toMatchObject({ machineType: 'copied', vcpus: 3, memory: 1024, disk: 7 });
    await world.app.call(updateMachineType, contextOf(admin), { id: typeId, vcpus: 1 });
    await world.app.call(deleteMachineType, contextOf(admin), { id: typeId });
    const still = await world.app.call(getVm, contextOf(owner), { id: vm.id });
    expect(still).toMatchObject({ machineType: 'copied', vcpus: 3, memory: 1024, disk: 7 });
  });

  it('has explicit numbers instead where they are given', async () => {
    const vm = await world.create(owner, { machineType: 'small', memory: 256 });
    expect(vm).toMatchObject({ machineType: 'small', vcpus: 1, memory: 256, disk: 2 });
  });

  it('is refused with a type that there is not, naming those that there are', async () => {
    const wish = await world.wish(owner, { machineType: 'tiny' });
    const call = world.app.call(createVm, contextOf(owner, { idempotencyKey: randomUUID() }), wish);
    await expect(call).rejects.toMatchObject({
      kind: 'invalid',
      details: {
        fields: [
          {
            field: 'machineType',
            message: expect.stringMatching(/^must be one of: .*large.*small/) as string,
          },
        ],
      },
    });
  });
});
