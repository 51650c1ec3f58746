/** Facts for tests: valid as they are, with one thing overridden. */
import type { HostFacts, PortFact, SubnetFact, VpcFact } from '../facts';
import { deviceOf, namespaceOf } from '../names.rules';

export const H1 = '11111111-0000-4000-8000-000000000001';
export const H2 = '22222222-0000-4000-8000-000000000002';
export const GW = '99999999-0000-4000-8000-000000000009';
export const UNDERLAYS = { [H1]: '10.77.0.11', [H2]: '10.77.0.12', [GW]: '10.77.0.20' };
export const VPC_ID = 'aaaaaaaa-0000-4000-8000-00000000000a';
export const SUBNET_ID = 'bbbbbbbb-0000-4000-8000-00000000000b';

export const vpcFact = (overrides: Partial<VpcFact> = {}): VpcFact => ({
  id: VPC_ID,
  namespace: namespaceOf(overrides.id ?? VPC_ID),
  externalIp: '10.77.0.100',
  state: 'ready',
  generation: 1,
  observedGeneration: 1,
  onHost: true,
  ...overrides,
});

export const subnetFact = (overrides: Partial<SubnetFact> = {}): SubnetFact => ({
  id: SUBNET_ID,
  vpcId: VPC_ID,
  routerHostId: GW,
  vni: 4096,
  cidr: '190.0.0.0/24',
  gateway: '190.0.0.1',
  dhcp: true,
  dns: [],
  state: 'ready',
  onHost: true,
  ...overrides,
});

/** The `n`-th port: 190.0.0.(n+1). */
export const portFact = (n: number, overrides: Partial<PortFact> = {}): PortFact => {
  const id = `0000000${n}-0000-4000-8000-0000000000c${n}`;
  return {
    id,
    subnetId: SUBNET_ID,
    instanceId: `0000000${n}-0000-4000-8000-0000000000d${n}`,
    vpcId: VPC_ID,
    hostId: H1,
    name: `vm-${n}`,
    ip: `190.0.0.${n + 1}`,
    mac: `52:54:00:00:00:0${n}`,
    device: deviceOf(id),
    state: 'active',
    generation: 1,
    ...overrides,
  };
};

/** What concerns `hostId`, as the store would read it. */
export function factsOf(hostId: string, overrides: Partial<HostFacts> = {}): HostFacts {
  return {
    hostId,
    hostName: { [H1]: 'h1', [H2]: 'h2', [GW]: 'gw' }[hostId] ?? 'other',
    underlays: UNDERLAYS,
    uplink: hostId === GW ? { parent: 'under0', prefix: 24, gateway: '10.77.0.1' } : null,
    protectedAddresses: Object.values(UNDERLAYS),
    vpcs: hostId === GW ? [vpcFact()] : [],
    subnets: [subnetFact()],
    ports: [portFact(1), portFact(2, { hostId: H2 })],
    ...overrides,
  };
}
