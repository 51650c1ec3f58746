import { deleteVm, type CreateVm, type Principal } from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { GrantRow } from '@nubo/persistence';
import { LedgerEntry } from '@nubo/quota';
import { contextOf, reconcilerKit, type KitWorld } from '@nubo/testing';
import { Vm, VmNicRow } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from './testing/compute-world';
import { VmsReconciler } from './vms.reconciler';

async function picture(world: ComputeWorld, id: string): Promise<unknown> {
  const { em, hypervisor, network } = world;
  const { state, wantedState, stateReason, hostId, generation, observedGeneration } =
    await em.findOneByOrFail(Vm, { id });
  const ports = network.portsOf(id).map((port) => ({ state: port.state, bound: port.hostId === hostId }));
  const nics = await em.findBy(VmNicRow, { vmId: id });
  const taken = await em.find(LedgerEntry, { where: { id }, order: { kind: 'ASC' } });
  const { spec, seed, ...onHost } = hypervisor.vm(hostId, id) ?? {};
  return {
    row: { state, wantedState, stateReason, reconciled: generation === observedGeneration },
    addresses: nics.map(({ ip, mac }) => ip !== null && mac !== null),
    quota: taken.map(({ kind, amount }) => [kind, amount]),
    onHost: { ...onHost, defined: spec !== undefined, seeded: seed !== undefined },
    ports,
  };
}

async function leftovers(
  { em, hypervisor, network }: ComputeWorld,
  host: Host,
  id: string,
): Promise<unknown[]> {
  const rows = [
    await em.findBy(Vm, { id }),
    await em.findBy(VmNicRow, { vmId: id }),
    await em.findBy(LedgerEntry, { id }),
    await em.findBy(GrantRow, { resourceId: id }),
  ];
  const [{ used }] = await em.query<{ used: boolean }[]>(
    `SELECT used_vcpus <> (SELECT count(*) FROM vms WHERE host_id = h.id) AS used FROM fleet.hosts h WHERE id = $1`,
    [host.id],
  );
  return [
    ...rows.flat(),
    ...network.portsOf(id),
    hypervisor.vm(host.id, id) ?? [],
    used ? 'capacity' : [],
  ].flat();
}

async function openKit(wish: Partial<CreateVm> = {}): Promise<KitWorld> {
  const world = await ComputeWorld.open({ idle: true });
  const owner: Principal = await world.person();
  const host = await world.host();
  await world.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
  const imageId = await world.image(owner);
  return {
    reconciler: world.app.get(VmsReconciler),
    create: async () => (await world.create(owner, { ...wish, imageId })).id,
    remove: async (id) => void (await world.app.call(deleteVm, contextOf(owner), { id })),
    picture: (id) => picture(world, id),
    leftovers: (id) => leftovers(world, host, id),
    stop: () => world.stop(),
  };
}

reconcilerKit('VM', () => openKit());
reconcilerKit('VM on a default network', () => openKit({ nics: undefined }));
