/** What the maker made, and what the others were given of it. */
import type {
  ContainerView,
  DistributionView,
  DomainView,
  ImageView,
  MachineTypeView,
  MappingView,
  ProjectView,
  ResourceView,
  SshKeyView,
  SigningKeyView,
  SubnetView,
  VmView,
  VpcView,
} from '@nubo/contracts';
import { until } from '../../../demo/wait';
import type { World } from '../../../demo/world';
import { vmBody } from '../surroundings';
import { makeActors, type Actors } from './actors';

export interface Resources {
  world: World;
  actors: Actors;
  tenantId: string;
  image: ImageView;
  machineType: MachineTypeView;
  vpc: VpcView;
  subnet: SubnetView;
  vm: VmView;
  mapping: MappingView;
  containerImage: ImageView;
  container: ContainerView;
  project: ProjectView;
  sshKey: SshKeyView;
  domain: DomainView;
  distribution: DistributionView;
  signingKey: SigningKeyView;
}

const IMAGE_URL = 'http://10.77.0.1:9000/guest.qcow2';
const CONTAINER_IMAGE_URL = 'http://10.77.0.1:9000/rootfs.tar';

export async function makeResources(world: World): Promise<Resources> {
  const actors = await makeActors(world);
  const { rest } = actors.maker;
  const [machineType] = await world.admin.get<MachineTypeView[]>('/iaas/machine-types');
  const [image, vpc] = await Promise.all([
    rest.post<ImageView>('/iaas/images?wait=60s', { name: 'own', url: IMAGE_URL }),
    rest.post<VpcView>('/iaas/vpcs?wait=30s', { name: 'own' }),
  ]);
  const wish = { vpcId: vpc.id, name: 'own', cidr: '190.7.0.0/24' };
  const subnet = await rest.post<SubnetView>('/iaas/subnets?wait=30s', wish);
  const vm = await rest.post<VmView>(
    '/iaas/vms',
    vmBody(world, { subnet }, { name: 'own', imageId: image.id }),
  );
  const mapping = await until('the NIC of the VM', 30, () =>
    rest.post<MappingView>('/pat/mappings', { vmId: vm.id, targetPort: 22 }).catch(() => undefined),
  );
  const containerImage = await rest.post<ImageView>('/iaas/images?wait=60s', {
    name: 'own-container',
    kind: 'container',
    url: CONTAINER_IMAGE_URL,
  });
  const container = await rest.post<ContainerView>('/iaas/containers', {
    imageId: containerImage.id,
    nics: [{ subnetId: subnet.id }],
  });
  const project = await rest.post<ProjectView>('/hosting/projects?wait=30s', { name: 'own' });
  const sshKey = await rest.post<SshKeyView>(`/hosting/projects/${project.id}/ssh-keys`, {
    key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr own',
  });
  const domain = await rest.post<DomainView>(`/hosting/projects/${project.id}/domains`, {
    domain: 'www.own.example',
  });
  const distribution = await rest.post<DistributionView>('/cdn/distributions', {
    locations: [world.hosts[0].location],
    subnet: '190.8.0.0/24',
    origin: 'http://10.77.0.200',
  });
  const signingKey = await rest.post<SigningKeyView>(`/cdn/distributions/${distribution.id}/keys`, {});
  const at = { world, actors, tenantId: world.tenants[0].tenantId };
  const resources = {
    ...at,
    machineType,
    image,
    vpc,
    subnet,
    vm,
    mapping,
    containerImage,
    container,
    project,
    sshKey,
    domain,
    distribution,
    signingKey,
  };
  await shareAll(resources);
  return resources;
}

/** With members of both tenants, at both levels. */
async function shareAll({ actors, ...made }: Resources): Promise<void> {
  const nouns: [string, ResourceView][] = [
    ['iaas/images', made.image],
    ['iaas/images', made.containerImage],
    ['iaas/vpcs', made.vpc],
    ['iaas/subnets', made.subnet],
    ['iaas/vms', made.vm],
    ['iaas/containers', made.container],
    ['hosting/projects', made.project],
  ];
  for (const [noun, { id }] of nouns)
    for (const name of ['use', 'manage', 'strangerUse', 'strangerManage'] as const) {
      const grant = name.toLowerCase().endsWith('use') ? 'use' : 'manage';
      await actors.maker.rest.post(`/${noun}/${id}/shares`, { user: actors[name].email, grant });
    }
}
