/** What a look at a host has made true for the nouns. */
import { FILTER_BATCH, routerBatch, segmentBatch, type Action, type Batch } from './actions';
import type { HostFacts, PortFact, SubnetFact, VpcFact } from './facts';
import { isCarried, isRouted } from './plan.rules';

export interface HostOutcome {
  hostId: string;
  /** Guests may start on these now. */
  activePorts: PortFact[];
  /** Nothing of these is left on the host. */
  freedPorts: PortFact[];
  readySubnets: SubnetFact[];
  freedSubnets: SubnetFact[];
  readyVpcs: VpcFact[];
  freedVpcs: VpcFact[];
}

/** `failed`: keys of batches that did not succeed. */
export function outcomeOf(facts: HostFacts, failed: ReadonlySet<string>): HostOutcome {
  const { hostId } = facts;
  const vni = new Map(facts.subnets.map((subnet) => [subnet.id, subnet.vni]));
  const segmentStands = (subnetId: string) => !failed.has(segmentBatch(vni.get(subnetId) ?? 0));
  const routers = new Map(facts.vpcs.map((vpc) => [vpc.id, !failed.has(routerBatch(vpc.namespace))]));
  const filtersStand = !failed.has(FILTER_BATCH);
  const here = facts.ports.filter((port) => port.hostId === hostId);
  const own = facts.subnets.filter((subnet) => routers.has(subnet.vpcId));
  const nothingLeft = failed.size === 0;
  return {
    hostId,
    activePorts: here.filter(
      (port) => port.state === 'binding' && filtersStand && segmentStands(port.subnetId),
    ),
    freedPorts: here.filter((port) => port.state === 'deleting' && filtersStand),
    readySubnets: own.filter(
      (subnet) => isAwaited(subnet.state) && segmentStands(subnet.id) && routers.get(subnet.vpcId),
    ),
    freedSubnets: own.filter((subnet) => subnet.onHost && !isCarried(facts, subnet) && nothingLeft),
    readyVpcs: facts.vpcs.filter((vpc) => routers.get(vpc.id) && isRouted(facts, vpc) && hasNews(vpc)),
    freedVpcs: facts.vpcs.filter((vpc) => vpc.onHost && !isRouted(facts, vpc) && nothingLeft),
  };
}

const isAwaited = (state: string): boolean => state === 'creating' || state === 'error';

const hasNews = (vpc: VpcFact): boolean => isAwaited(vpc.state) || vpc.observedGeneration !== vpc.generation;

/** True when the database need not be told anything. */
export const isNothingNew = ({ hostId: _, ...lists }: HostOutcome): boolean =>
  Object.values(lists).every((list) => list.length === 0);

/** The VPCs whose routers are made anew: whoever puts something into a router hears of it afterwards. */
export function remadeVpcs({ vpcs }: HostFacts, batches: Batch[]): string[] {
  const made = batches.flatMap((batch) => batch.actions).flatMap(madeNamespace);
  return vpcs
    .filter((vpc) => made.includes(vpc.namespace) && vpc.observedGeneration !== 0)
    .map((vpc) => vpc.id);
}

const madeNamespace = (action: Action): string[] =>
  action.do === 'namespace' && action.make ? [action.namespace] : [];

/** The facts after it was noted that these routers are to be programmed. */
export function expecting(facts: HostFacts, vpcIds: string[]): HostFacts {
  const vpcs = facts.vpcs.map((vpc) => (vpcIds.includes(vpc.id) ? { ...vpc, observedGeneration: 0 } : vpc));
  return { ...facts, vpcs };
}
