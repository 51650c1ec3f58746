import { deleteVm, rebootVm, type CreateVm, type Principal } from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { GrantRow } from '@nubo/persistence';
import { LedgerEntry, MeteredEntry } from '@nubo/quota';
import { contextOf, reconcilerKit, type KitWorld } from '@nubo/testing';
import { Vm, HappeningRow, InstanceNic, InstanceUsage } from '../../../../libs/entities/src/compute';
import { settle } from '../testing/runs';
import { ComputeWorld } from './testing/compute-world';
import { VmsReconciler } from './vms.reconciler';
import { VmStore } from './vms.store';

async function picture(world: ComputeWorld, id: string): Promise<unknown> {
  const { em, hypervisor, network } = world;
  const { state, wantedState, stateReason, hostId, generation, observedGeneration } =
    await em.findOneByOrFail(Vm, { id });
  const ports = network.portsOf(id).map((port) => ({ state: port.state, bound: port.hostId === hostId }));
  const nics = await em.findBy(InstanceNic, { instanceId: id });
  const taken = await em.find(LedgerEntry, { where: { id }, order: { kind: 'ASC' } });
  const happened = await em.find(HappeningRow, { where: { instanceId: id }, order: { seq: 'ASC' } });
  const { spec, seed, ...onHost } = hypervisor.vm(hostId, id) ?? {};
  return {
    row: { state, wantedState, stateReason, reconciled: generation === observedGeneration },
    addresses: nics.map(({ ip, mac }) => ip !== null && mac !== null),
    quota: taken.map(({ kind, amount }) => [kind, amount]),
    onHost: { ...onHost, defined: spec !== undefined, seeded: seed !== undefined },
    ports,
    timeline: happened.map(({ event }) => event),
  };
}

async function leftovers(
  { em, hypervisor, network }: ComputeWorld,
  host: Host,
  id: string,
): Promise<unknown[]> {
  const rows = [
    await em.findBy(Vm, { id }),
    await em.findBy(InstanceNic, { instanceId: id }),
    await em.findBy(LedgerEntry, { id }),
    await em.findBy(GrantRow, { resourceId: id }),
    await em.findBy(HappeningRow, { instanceId: id }),
    await em.findBy(InstanceUsage, { instanceId: id }),
    await em.findBy(MeteredEntry, { id }),
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

interface Kit {
  wish?: Partial<CreateVm>;
  /** What is asked of a VM that runs. */
  ask?: (world: ComputeWorld, owner: Principal, id: string) => Promise<unknown>;
}

async function openKit({ wish = {}, ask }: Kit = {}): Promise<KitWorld> {
  const world = await ComputeWorld.open({ idle: true });
  const owner: Principal = await world.person();
  const host = await world.host();
  await world.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
  const imageId = await world.image(owner);
  const reconciler = world.app.get(VmsReconciler);
  const create = async (): Promise<string> => {
    const { id } = await world.create(owner, { ...wish, imageId });
    if (!ask) return id;
    await settle(reconciler, id);
    await ask(world, owner, id);
    return id;
  };
  return {
    reconciler,
    create,
    remove: async (id) => void (await world.app.call(deleteVm, contextOf(owner), { id })),
    picture: (id) => picture(world, id),
    leftovers: (id) => leftovers(world, host, id),
    stop: () => world.stop(),
  };
}

const reboot =
  (hard: boolean): Kit['ask'] =>
  (world, owner, id) =>
    world.app.call(rebootVm, contextOf(owner), { id, hard });

/** Its NIC is taken away, and it is rebooted. */
const lose: Kit['ask'] = async (world, owner, id) => {
  const [port] = world.network.portsOf(id);
  await world.network.takeAway(port?.id ?? '', false);
  await world.app.get(VmStore).loseNic(id, port?.id ?? '');
  await world.app.call(rebootVm, contextOf(owner), { id });
};

reconcilerKit('VM', () => openKit());
reconcilerKit('VM on a default network', () => openKit({ wish: { nics: undefined } }));
reconcilerKit('VM that is rebooted', () => openKit({ ask: reboot(false) }));
reconcilerKit('VM whose power is cut to reboot it', () => openKit({ ask: reboot(true) }));
reconcilerKit('VM that has lost its NIC', () => openKit({ ask: lose }));
