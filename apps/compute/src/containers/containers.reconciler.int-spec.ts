import { deleteContainer, updateContainer, type CreateContainer, type Principal } from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { GrantRow } from '@nubo/persistence';
import { LedgerEntry, MeteredEntry } from '@nubo/quota';
import { contextOf, reconcilerKit, type KitWorld } from '@nubo/testing';
import { Container, HappeningRow, InstanceNic, InstanceUsage } from '../../../../libs/entities/src/compute';
import { settle } from '../testing/runs';
import { ComputeWorld } from '../vms/testing/compute-world';
import { ContainersReconciler } from './containers.reconciler';

async function picture(world: ComputeWorld, id: string): Promise<unknown> {
  const { em, runtime, network } = world;
  const row = await em.findOneByOrFail(Container, { id });
  const { state, wantedState, stateReason, hostId, generation, observedGeneration, restarts } = row;
  const ports = network.portsOf(id).map((port) => ({ state: port.state, bound: port.hostId === hostId }));
  const nics = await em.findBy(InstanceNic, { instanceId: id });
  const taken = await em.find(LedgerEntry, { where: { id }, order: { kind: 'ASC' } });
  const happened = await em.find(HappeningRow, { where: { instanceId: id }, order: { seq: 'ASC' } });
  const found = runtime.found(hostId, id);
  return {
    row: { state, wantedState, stateReason, restarts, reconciled: generation === observedGeneration },
    addresses: nics.map(({ ip, mac }) => ip !== null && mac !== null),
    quota: taken.map(({ kind, amount }) => [kind, amount]),
    onHost: { is: found?.state.is, starts: found?.starts, devices: found?.devices.length },
    ports,
    timeline: happened.map(({ event }) => event),
  };
}

async function leftovers({ em, runtime, network }: ComputeWorld, host: Host, id: string): Promise<unknown[]> {
  const rows = [
    await em.findBy(Container, { id }),
    await em.findBy(InstanceNic, { instanceId: id }),
    await em.findBy(LedgerEntry, { id }),
    await em.findBy(GrantRow, { resourceId: id }),
    await em.findBy(HappeningRow, { instanceId: id }),
    await em.findBy(InstanceUsage, { instanceId: id }),
    await em.findBy(MeteredEntry, { id }),
  ];
  const [{ used }] = await em.query<{ used: boolean }[]>(
    `SELECT used_memory_mib <> (SELECT coalesce(sum(memory_mib), 0) FROM containers WHERE host_id = h.id) AS used
      FROM fleet.hosts h WHERE id = $1`,
    [host.id],
  );
  return [...rows, network.portsOf(id), runtime.found(host.id, id) ?? [], used ? 'capacity' : []].flat();
}

interface Kit {
  wish?: Partial<CreateContainer>;
  /** What is asked of one that runs. */
  ask?: (world: ComputeWorld, owner: Principal, id: string) => Promise<unknown>;
}

async function openKit({ wish = {}, ask }: Kit = {}): Promise<KitWorld> {
  const world = await ComputeWorld.open({ idle: true });
  const owner: Principal = await world.person();
  const host = await world.host();
  await world.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
  const imageId = await world.image(owner, { kind: 'container' });
  const reconciler = world.app.get(ContainersReconciler);
  const create = async (): Promise<string> => {
    const { id } = await world.container(owner, { ...wish, imageId, memory: 8 });
    if (!ask) return id;
    await settle(reconciler, id);
    await ask(world, owner, id);
    return id;
  };
  return {
    reconciler,
    create,
    remove: async (id) => void (await world.app.call(deleteContainer, contextOf(owner), { id })),
    picture: (id) => picture(world, id),
    leftovers: (id) => leftovers(world, host, id),
    stop: () => world.stop(),
  };
}

reconcilerKit('container', () => openKit());
reconcilerKit('container on a default network', () => openKit({ wish: { nics: undefined } }));
reconcilerKit('container that is stopped', () =>
  openKit({
    ask: (world, owner, id) => world.app.call(updateContainer, contextOf(owner), { id, state: 'stopped' }),
  }),
);
