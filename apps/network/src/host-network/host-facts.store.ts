import { Fleet, type Host } from '@nubo/fleet';
import { Database } from '@nubo/persistence';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import { toNumber } from '../addresses/ipv4.rules';
import { NetworkConfig } from '../network.config';
import type { HostFacts, SubnetFact, Uplink } from './facts';

/** Reads what is wanted on a host. */
@Injectable()
export class HostFactsStore {
  constructor(
    private readonly database: Database,
    private readonly fleet: Fleet,
    private readonly config: NetworkConfig,
  ) {}

  /** One snapshot of everything that the host's plan depends on. */
  read(host: Host): Promise<HostFacts> {
    return this.database.manager.transaction('REPEATABLE READ', async (em) => {
      const vpcs = await em.findBy(Vpc, { hostId: host.id });
      const subnets = await subnetsOn(em, host.id, vpcs);
      const ports = subnets.length > 0 ? await em.findBy(Port, { subnetId: In(subnets.map(idOf)) }) : [];
      const hosts = await this.fleet.all(em);
      const known = fleetFacts(host, hosts);
      const protectedAddresses = [...known.protectedAddresses, ...this.config.protectedRanges];
      return { ...known, protectedAddresses, vpcs, subnets, ports };
    });
  }
}

const idOf = ({ id }: { id: string }): string => id;

async function subnetsOn(em: EntityManager, hostId: string, vpcs: Vpc[]): Promise<SubnetFact[]> {
  const query = em
    .createQueryBuilder(Subnet, 's')
    .where('s.id IN (SELECT subnet_id FROM ports WHERE host_id = :hostId)', { hostId });
  if (vpcs.length > 0) query.orWhere('s.vpc_id IN (:...vpcIds)', { vpcIds: vpcs.map(idOf) });
  const subnets = await query.getMany();
  const foreign = subnets.map((subnet) => subnet.vpcId).filter((id) => !vpcs.some((vpc) => vpc.id === id));
  const others = foreign.length > 0 ? await em.findBy(Vpc, { id: In(foreign) }) : [];
  const routers = new Map([...vpcs, ...others].map((vpc) => [vpc.id, vpc.hostId]));
  return subnets.map((subnet) => ({ ...subnet, routerHostId: routers.get(subnet.vpcId) ?? '' }));
}

const isIp = (address: string | null): address is string => toNumber(address ?? '') !== undefined;
const underlayOf = (host: Host): string | undefined =>
  [host.underlayAddress, host.address].find((address): address is string => isIp(address));

function fleetFacts(host: Host, hosts: Host[]): Omit<HostFacts, 'vpcs' | 'subnets' | 'ports'> {
  const addresses = hosts.flatMap(({ address, underlayAddress }) => [address, underlayAddress].filter(isIp));
  const underlays = hosts.flatMap((other): [string, string][] => {
    const underlay = underlayOf(other);
    return underlay ? [[other.id, underlay]] : [];
  });
  return {
    hostId: host.id,
    hostName: host.name,
    underlays: Object.fromEntries(underlays),
    uplink: uplinkOf(host),
    protectedAddresses: [...new Set(addresses)].sort(),
  };
}

function uplinkOf({ external }: Host): Uplink | null {
  return external && { parent: external.interface, prefix: external.prefix, gateway: external.gateway };
}
