/** Each noun’s reconciler together with that of the hosts it waits for, stopped before every step of both. */
import { deletePort, deleteSubnet, deleteVpc, bindPort, type Principal } from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { GrantRow } from '@nubo/persistence';
import { LedgerEntry } from '@nubo/quota';
import type { Outcome, Reconciler, Run } from '@nubo/reconcile';
import { contextOf, reconcilerKit, type KitWorld } from '@nubo/testing';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import { PortsReconciler } from '../ports/ports.reconciler';
import { SubnetsReconciler } from '../subnets/subnets.reconciler';
import { compute, NetworkWorld } from '../testing/network-world';
import { VpcsReconciler } from '../vpcs/vpcs.reconciler';
import { HostNetworkReconciler } from './host-network.reconciler';

jest.setTimeout(60_000);

/** Runs the hosts first, as they are when they were woken. */
class WithHosts implements Reconciler {
  readonly kind: string;

  constructor(
    private readonly noun: Reconciler,
    private readonly host: HostNetworkReconciler,
    private readonly hostIds: string[],
  ) {
    this.kind = noun.kind;
  }

  async run(id: string, run: Run): Promise<Outcome> {
    for (const hostId of this.hostIds) await this.host.run(hostId, run);
    return this.noun.run(id, run);
  }
}

interface Scene {
  world: NetworkWorld;
  who: Principal;
  gateway: Host;
  host: Host;
}

async function open(): Promise<Scene> {
  const world = await NetworkWorld.open({ idle: true });
  const gateway = await world.networkHost(200);
  const host = await world.host();
  const who = await world.owner();
  await world.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
  return { world, who, gateway, host };
}

const both = ({ world, gateway, host }: Scene, noun: Reconciler): Reconciler =>
  new WithHosts(noun, world.app.get(HostNetworkReconciler), [gateway.id, host.id]);

async function rowsOf({ world: { em } }: Scene, id: string): Promise<unknown[]> {
  const rows = [
    await em.findBy(Vpc, { id }),
    await em.findBy(Subnet, { id }),
    await em.findBy(Port, { id }),
    await em.findBy(GrantRow, { resourceId: id }),
    await em.findBy(LedgerEntry, { id }),
  ];
  return rows.flat();
}

const networkOf = ({ world, gateway, host }: Scene) => [gateway.id, host.id].map((id) => world.actual(id));

reconcilerKit('VPC', async (): Promise<KitWorld> => {
  const scene = await open();
  const { world, who } = scene;
  const routerOf = (id: string) => world.actual(scene.gateway.id).routers[`nr-${id.slice(0, 8)}`];
  return {
    reconciler: both(scene, world.app.get(VpcsReconciler)),
    create: async () => (await world.vpc(who)).id,
    remove: async (id) => void (await world.app.call(deleteVpc, contextOf(who), { id })),
    picture: async (id) => {
      const { state, generation, observedGeneration } = await world.em.findOneByOrFail(Vpc, { id });
      const { settings, rules, uplink } = routerOf(id) ?? {};
      return { state, told: generation === observedGeneration, settings, rules, up: uplink?.up };
    },
    leftovers: async (id) => [...(await rowsOf(scene, id)), routerOf(id) ?? []].flat(),
    stop: () => world.stop(),
  };
});

reconcilerKit('subnet', async (): Promise<KitWorld> => {
  const scene = await open();
  const { world, who, gateway } = scene;
  let number = 0;
  const vpc = await world.vpc(who);
  const vni = async (id: string) => (await world.em.findOneBy(Subnet, { id }))?.vni ?? 0;
  const vnis = new Map<string, number>();
  return {
    reconciler: both(scene, world.app.get(SubnetsReconciler)),
    create: async () => {
      number += 1;
      const { id } = await world.subnet(who, vpc.id, { cidr: `10.${number}.0.0/24` });
      vnis.set(id, await vni(id));
      return id;
    },
    remove: async (id) => void (await world.app.call(deleteSubnet, contextOf(who), { id })),
    picture: async (id) => {
      const { state } = await world.em.findOneByOrFail(Subnet, { id });
      const { bridges, veths } = world.actual(gateway.id);
      const number = await vni(id);
      return { state, bridge: bridges[number]?.up, leg: veths[number]?.up };
    },
    leftovers: async (id) => {
      const { bridges, vxlans, veths } = world.actual(gateway.id);
      const number = vnis.get(id) ?? 0;
      return [
        ...(await rowsOf(scene, id)),
        bridges[number] ?? [],
        vxlans[number] ?? [],
        veths[number] ?? [],
      ].flat();
    },
    stop: () => world.stop(),
  };
});

reconcilerKit('port', async (): Promise<KitWorld> => {
  const scene = await open();
  const { world, who, host } = scene;
  const vpc = await world.vpc(who);
  const subnet = await world.subnet(who, vpc.id, { cidr: '10.0.0.0/16' });
  return {
    reconciler: both(scene, world.app.get(PortsReconciler)),
    create: async () => {
      const { id } = await world.port(who, subnet.id);
      await world.app.call(bindPort, compute, { id, hostId: host.id });
      return id;
    },
    remove: async (id) => void (await world.app.call(deletePort, compute, { id })),
    picture: async (id) => {
      const { state, generation, observedGeneration } = await world.em.findOneByOrFail(Port, { id });
      const served = networkOf(scene).map(({ routers }) =>
        Object.values(routers).some(({ dhcp }) => id in dhcp.hosts),
      );
      return {
        state,
        told: generation === observedGeneration,
        served,
        filters: world.actual(host.id).filters.is,
      };
    },
    leftovers: async (id) => [
      ...(await rowsOf(scene, id)),
      ...JSON.stringify(networkOf(scene)).split(id).slice(1),
    ],
    stop: () => world.stop(),
  };
});
