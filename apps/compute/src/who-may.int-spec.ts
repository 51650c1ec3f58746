/** Who may do what in the compute service: every operation for people, as everybody. */
import { randomUUID } from 'node:crypto';
import {
  containerShares,
  createContainer,
  createImage,
  createMachineType,
  createVm,
  deleteContainer,
  deleteHost,
  deleteImage,
  deleteMachineType,
  deleteVm,
  enrolHost,
  getContainer,
  getContainerUsage,
  getHost,
  getImage,
  getMachineType,
  getVm,
  getVmUsage,
  imageShares,
  listContainers,
  listContainerTimeline,
  listHosts,
  listImages,
  listLocations,
  listMachineTypes,
  listVms,
  nameUsers,
  openUpload,
  readConsole,
  readContainerLogs,
  rebootVm,
  listVmTimeline,
  resolveUser,
  snapshotVm,
  updateContainer,
  updateHost,
  updateImage,
  updateMachineType,
  updateVm,
  vmShares,
  type CreateContainer,
  type CreateVm,
  type ListInput,
  type Operation,
} from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import {
  actorsAround,
  contextOf,
  expectedOf,
  granteesOf,
  probe,
  readers,
  readersWith,
  unclassified,
  verdicts,
  type Actors,
  type Probe,
} from '@nubo/testing';
import { openAccount } from '@nubo/quota';
import { Container, Vm } from '../../../libs/entities/src/compute';
import { ComputeWorld } from './vms/testing/compute-world';

jest.setTimeout(60_000);

interface Made {
  actors: Actors;
  wish: CreateVm;
  host: string;
  image: string;
  vm: string;
  container: string;
  containerWish: CreateContainer;
  machineType: string;
}

const friend = ({ actors }: Made) => actors.manage?.userId ?? '';
const enrolment = () => ({ address: '192.0.2.9', user: 'root', password: 'secret' });
const size = () => ({ name: 'huge', vcpus: 2, memory: 512 });
const source = () => ({ name: 'tiny', url: 'http://images.example/a.qcow2' });

const PROBES: Probe<Made>[] = [
  probe(listHosts, 'user'),
  probe(getHost, 'user', ({ host: id }) => ({ id })),
  probe(enrolHost, 'admin', enrolment),
  probe(updateHost, 'admin', ({ host: id }) => ({ id, metadata: {} })),
  probe(deleteHost, 'admin', ({ host: id }) => ({ id })),
  probe(listMachineTypes, 'user'),
  probe(getMachineType, 'user', ({ machineType: id }) => ({ id })),
  probe(createMachineType, 'admin', size),
  probe(updateMachineType, 'admin', ({ machineType: id }) => ({ id, metadata: {} })),
  probe(deleteMachineType, 'admin', ({ machineType: id }) => ({ id })),
  probe(listImages, 'user'),
  probe(createImage, 'user', source),
  probe(createImage, 'admin', () => ({ ...source(), public: true }), 'for everybody'),
  probe(getImage, 'use', ({ image: id }) => ({ id })),
  probe(updateImage, 'manage', ({ image: id }) => ({ id, description: 'x' })),
  probe(openUpload, 'manage', ({ image: id }) => ({ id, offset: 0 })),
  probe(snapshotVm, 'manage', ({ vm: id }) => ({ id, name: 'saved' })),
  probe(deleteImage, 'manage', ({ image: id }) => ({ id })),
  probe(imageShares.list, 'manage', ({ image: id }) => ({ id })),
  probe(imageShares.create, 'manage', (made) => ({ id: made.image, user: friend(made) })),
  probe(imageShares.remove, 'manage', (made) => ({ id: made.image, userId: friend(made) })),
  probe(listVms, 'user'),
  probe(createVm, 'use', ({ wish }) => wish, 'from an image'),
  probe(getVm, 'use', ({ vm: id }) => ({ id })),
  probe(updateVm, 'use', ({ vm: id }) => ({ id, state: 'stopped' as const }), 'to stop it'),
  probe(updateVm, 'manage', ({ vm: id }) => ({ id, name: 'db' }), 'to rename it'),
  probe(updateVm, 'manage', ({ vm: id }) => ({ id, state: 'stopped' as const, metadata: {} }), 'to label it'),
  probe(getVmUsage, 'use', ({ vm: id }) => ({ id })),
  probe(readConsole, 'use', ({ vm: id }) => ({ id })),
  probe(getVmUsage, 'use', ({ vm: id }) => ({ id })),
  probe(rebootVm, 'use', ({ vm: id }) => ({ id })),
  probe(listVmTimeline, 'use', ({ vm: id }) => ({ id })),
  probe(deleteVm, 'manage', ({ vm: id }) => ({ id })),
  probe(listLocations, 'user'),
  probe(listContainers, 'user'),
  probe(createContainer, 'use', ({ containerWish }) => containerWish, 'from an image'),
  probe(getContainer, 'use', ({ container: id }) => ({ id })),
  probe(updateContainer, 'use', ({ container: id }) => ({ id, state: 'stopped' as const }), 'to stop it'),
  probe(updateContainer, 'manage', ({ container: id }) => ({ id, name: 'db' }), 'to rename it'),
  probe(updateContainer, 'manage', ({ container: id }) => ({ id, metadata: {} }), 'to label it'),
  probe(getContainerUsage, 'use', ({ container: id }) => ({ id })),
  probe(readContainerLogs, 'use', ({ container: id }) => ({ id })),
  probe(listContainerTimeline, 'use', ({ container: id }) => ({ id })),
  probe(deleteContainer, 'manage', ({ container: id }) => ({ id })),
  probe(containerShares.list, 'manage', ({ container: id }) => ({ id })),
  probe(containerShares.create, 'manage', (made) => ({ id: made.container, user: friend(made) })),
  probe(containerShares.remove, 'manage', (made) => ({ id: made.container, userId: friend(made) })),
  probe(vmShares.list, 'manage', ({ vm: id }) => ({ id })),
  probe(vmShares.create, 'manage', (made) => ({ id: made.vm, user: friend(made) })),
  probe(vmShares.remove, 'manage', (made) => ({ id: made.vm, userId: friend(made) })),
];

describe('who may do what in compute', () => {
  let world: ComputeWorld;
  let made: Made;

  beforeAll(async () => {
    world = await ComputeWorld.open({ idle: true });
    const actors = actorsAround(await world.person('member'));
    await openAccount(world.em, actors.stranger?.tenantId ?? '');
    made = await furnish(world, actors);
  });
  afterAll(() => world?.stop());

  it('is said for every operation', () => {
    expect(unclassified('compute', PROBES)).toEqual([]);
  });

  it.each(PROBES.map((each): [string, Probe<Made>] => [`${each.op.subject} ${each.how ?? ''}`, each]))(
    '%s',
    async (_, each) => {
      expect(await verdicts(world.app, made.actors, each, made)).toEqual(expectedOf(each));
    },
  );

  it.each<Operation<ListInput, object>>([listImages, listVms, listContainers])(
    'lists only what can be seen: $subject',
    async (list) => {
      expect(await readers(world.app, made.actors, list, [made.image, made.vm, made.container])).toEqual(
        readersWith('use'),
      );
    },
  );

  it('lets whoever makes a VM pay for it, also from another tenant’s image', async () => {
    const who = made.actors.strangerUse;
    const { id } = await world.app.call(createVm, contextOf(who), made.wish);
    expect(await world.em.findOneByOrFail(Vm, { id })).toMatchObject({
      tenantId: who?.tenantId,
      userId: who?.userId,
    });
    const sql = `SELECT count(*)::int AS n FROM quota.ledger WHERE resource_id = $1 AND tenant_id <> $2`;
    expect(await world.em.query(sql, [id, who?.tenantId])).toEqual([{ n: 0 }]);
  });
});

/** What the maker made, and what the others were given of it. */
async function furnish(world: ComputeWorld, actors: Actors): Promise<Made> {
  const maker = actors.maker;
  if (!maker) throw new TypeError('nobody makes nothing');
  const host = (await world.host()).id;
  const image = await world.image(maker);
  const wish = await world.wish(maker, { imageId: image, memory: 64 });
  const vm = (await world.app.call(createVm, contextOf(maker), wish)).id;
  await world.em.update(Vm, { id: vm }, { state: 'running' });
  const containerImage = await world.image(maker, { kind: 'container' });
  const containerWish = { imageId: containerImage, nics: wish.nics, memory: 8 };
  const container = (await world.app.call(createContainer, contextOf(maker), containerWish)).id;
  await world.em.update(Container, { id: container }, { state: 'running' });
  const { id: machineType } = await world.app.call(createMachineType, contextOf(actors.admin), {
    ...size(),
    name: `m-${randomUUID().slice(0, 8)}`,
  });
  for (const [who, level] of granteesOf(actors))
    for (const id of [image, vm, containerImage, container]) await grant(world.em, id, who, level);
  await answerForUsers(world, actors);
  return { actors, wish, host, image, vm, machineType, container, containerWish };
}

async function answerForUsers({ app }: ComputeWorld, actors: Actors): Promise<void> {
  const user = ({ userId, tenantId } = actors.manage ?? { userId: '', tenantId: null }) => ({
    userId,
    tenantId,
    email: 'friend@nubo.test',
  });
  await app.bus.answer(resolveUser, () => user());
  await app.bus.answer(nameUsers, () => ({ items: [user()] }));
}
