/** Containers that a service gives files to. */
import { randomUUID } from 'node:crypto';
import {
  createContainer,
  ensureContainer,
  findContainers,
  getContainer,
  serviceContext,
  tailContainer,
  type EnsureContainer,
  type Principal,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { Container } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from '../vms/testing/compute-world';

jest.setTimeout(90_000);

const hosting = serviceContext('hosting', 'test');

let world: ComputeWorld;
let owner: Principal;
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  await world.host();
});
afterAll(() => world?.stop());

const wish = async (content: string): Promise<EnsureContainer> => ({
  ...{ id: randomUUID(), tenantId: owner.tenantId, userId: owner.userId, managedBy: 'hosting' },
  ...{ name: 'site', imageId: await world.image(null, { kind: 'container' }), location: 'loc1' },
  ...{ memory: 64, cpu: 100, pids: 64, readOnly: true, content },
  nics: [{ subnetId: world.subnet() }],
});

it('is not made before its files are on its host, and is given them and nothing to write to', async () => {
  const content = `${randomUUID()}/${randomUUID()}`;
  world.runtime.lacking.add(content);
  const input = await wish(content);
  const made = await world.app.call(ensureContainer, hosting, input);
  const { hostId } = made;
  await eventually(() => world.runtime.asked.has(content));
  const { items } = await world.app.call(findContainers, hosting, { ids: [made.id] });
  expect(items.map(({ state }) => state)).toEqual(['creating']);
  expect(world.runtime.found(hostId ?? '', made.id)).toBeUndefined();
  world.runtime.lacking.clear();
  await eventually(
    async () => (await world.app.call(getContainer, contextOf(owner), { id: made.id })).state === 'running',
  );
  expect(world.runtime.found(hostId ?? '', made.id)?.spec).toMatchObject({ content, readOnly: true });
});

it('shows what it wrote to the service that keeps it, and that is none of a person’s own', async () => {
  const input = await wish(`${randomUUID()}/${randomUUID()}`);
  await world.app.call(ensureContainer, hosting, input);
  await eventually(
    async () => (await world.em.findOneByOrFail(Container, { id: input.id })).state === 'running',
  );
  const { text } = await world.app.call(tailContainer, hosting, { id: input.id, lines: 5 });
  expect(typeof text).toBe('string');
  const own = await world.container(owner);
  const asked = world.app.call(tailContainer, hosting, { id: own.id });
  await expect(asked).rejects.toMatchObject({ kind: 'not_found' });
});

it('is given no folder of a host by a person, and none outside by a service', async () => {
  const imageId = await world.image(owner, { kind: 'container' });
  const body = { imageId, content: `${randomUUID()}/${randomUUID()}` };
  const asked = world.app.call(createContainer, contextOf(owner), body);
  await expect(asked).rejects.toMatchObject({ kind: 'invalid' });
  for (const content of ['../../etc', '/etc', `${randomUUID()}/../..`]) {
    const input = await wish(content);
    await expect(world.app.call(ensureContainer, hosting, input)).rejects.toMatchObject({ kind: 'invalid' });
  }
});
