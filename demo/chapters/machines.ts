import type { MappingView, SubnetView, VmView, VpcView } from '@nubo/contracts';
import type { Step } from '../step';
import { SUBNET, type TenantOfTheStory, type World } from '../world';

export const machines: Step[] = [
  {
    title: `Each tenant makes a VPC and the same subnet ${SUBNET} in it`,
    run: (world) => each(world, makeNetwork),
  },
  {
    title: 'Each tenant makes two VMs, one on each host',
    run: (world) => each(world, (w, t) => makeVms(w, t)),
  },
  {
    title: 'Each tenant maps SSH and HTTP of its VMs to the outside',
    run: (world) => each(world, makeMappings),
  },
];

async function each(
  world: World,
  work: (world: World, tenant: TenantOfTheStory) => Promise<string>,
): Promise<string> {
  const told = await Promise.all(
    world.tenants.map(async (tenant) => `${tenant.company}: ${await work(world, tenant)}`),
  );
  return told.join('\n');
}

async function makeNetwork(_: World, tenant: TenantOfTheStory): Promise<string> {
  const { rest } = tenant;
  tenant.vpc = await rest.post<VpcView>('/iaas/vpcs?wait=30s', { name: 'main', region: 'loc1' });
  tenant.subnet = await rest.post<SubnetView>('/iaas/subnets?wait=30s', {
    vpcId: tenant.vpc.id,
    name: 'servers',
    cidr: SUBNET,
  });
  return `router at ${tenant.vpc.externalIp}, ${tenant.subnet.cidr} is ${tenant.subnet.state}`;
}

async function makeVms(world: World, tenant: TenantOfTheStory): Promise<string> {
  const wanted = [
    { name: `${tenant.company}-1`, location: 'loc1' },
    { name: `${tenant.company}-2`, location: 'loc2', ip: tenant.secondIp },
  ];
  tenant.vms = await Promise.all(wanted.map((vm) => makeVm(world, tenant, vm)));
  return tenant.vms.map((vm) => `${vm.name} ${vm.state} at ${vm.nics[0].ip} in ${vm.location}`).join(', ');
}

export async function makeVm(
  world: World,
  { rest, subnet, company }: TenantOfTheStory,
  wanted: { name: string; location?: string; ip?: string },
): Promise<VmView> {
  const { ip, ...rest_ } = wanted;
  const body = {
    ...rest_,
    imageId: world.image.id,
    memory: 128,
    nics: [{ subnetId: subnet.id, ...(ip && { ip }) }],
    sshKeys: [world.sshKey.publicKey],
    userData: `#!/bin/sh\necho "Hello from ${company}, this is $(hostname)" > /var/www/index.html\n`,
  };
  const vm = await rest.post<VmView>('/iaas/vms?wait=90s', body);
  if (vm.state !== 'running') throw new Error(`VM ${vm.name} is ${vm.state}: ${vm.stateReason}`);
  return vm;
}

async function makeMappings(_: World, tenant: TenantOfTheStory): Promise<string> {
  tenant.mappings = await Promise.all(
    tenant.vms.map(async (vm) => ({ ssh: await map(tenant, vm, 22), http: await map(tenant, vm, 80) })),
  );
  return tenant.mappings
    .map(({ ssh, http }) => `${ssh.externalIp}:${ssh.externalPort} → ssh, :${http.externalPort} → http`)
    .join('; ');
}

async function map({ rest }: TenantOfTheStory, vm: VmView, targetPort: number): Promise<MappingView> {
  const mapping = await rest.post<MappingView>('/pat/mappings?wait=30s', { vmId: vm.id, targetPort });
  if (mapping.state !== 'active') throw new Error(`the mapping is ${mapping.state}: ${mapping.stateReason}`);
  return mapping;
}
