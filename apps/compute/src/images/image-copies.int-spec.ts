import { randomUUID } from 'node:crypto';
import { deleteImage, hostChanged } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Run } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { ImageCopy, Vm } from '../../../../libs/entities/src/compute';
import { ImageWorld } from '../testing/image-world';
import { ImageCopies } from './image-copies.service';

jest.setTimeout(60_000);

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.start();
});
afterAll(() => world?.stop());

async function host(change: Partial<Host> = {}): Promise<string> {
  const id = randomUUID();
  const own = { id, name: `h-${id.slice(0, 8)}`, userId: world.admin.userId, state: 'ready' as const };
  const login = { address: id, port: 22, user: 'root', hostKey: 'SHA256:x' };
  await world.database.em.insert(Host, { ...own, ...login, roles: ['compute'], location: 'loc1', ...change });
  return id;
}

const run = (): Run =>
  new Run({ kind: 'vm', id: randomUUID(), fence: 1, attempt: 1, signal: new AbortController().signal });

/** What was said of copies that failed. */
const said: string[] = [];
const ensure = (imageId: string, hostId: string): Promise<string | undefined> =>
  world.app.get(ImageCopies).ensure({ imageId, hostId }, run(), async (reason) => void said.push(reason));

const onHost = (imageId: string, hostId: string): Promise<string> =>
  eventually(() => ensure(imageId, hostId));

describe('the copies of an image on hosts', () => {
  let id: string;
  beforeEach(async () => {
    world.copies.brought = 0;
    world.copies.failure = undefined;
    ({ id } = await world.create());
    await world.becomes(id, 'ready');
  });

  it('is brought to a host once, however many ask', async () => {
    const hostId = await host();
    const paths = await Promise.all([1, 2, 3, 4].map(() => onHost(id, hostId)));
    expect(new Set(paths)).toEqual(new Set([`/var/lib/nubo/images/${id}.qcow2`]));
    expect(world.copies.brought).toBe(1);
  });

  it('is brought again when it was lost', async () => {
    const hostId = await host();
    await onHost(id, hostId);
    world.copies.files.clear();
    await onHost(id, hostId);
    expect(world.copies.brought).toBe(2);
  });

  it('says why it is not there yet, and arrives when it can', async () => {
    const hostId = await host();
    world.copies.failure = new TypeError('no space left on h1');
    await expect(ensure(id, hostId)).rejects.toMatchObject({
      code: 'image_not_copied',
      message: expect.stringContaining('no space left on h1') as string,
    });
    expect(said).toEqual([expect.stringMatching(/^Its image is not on its host: .*no space left on h1/)]);
    world.copies.failure = undefined;
    await onHost(id, hostId);
  });

  it('is not made of an image that is not ready', async () => {
    await expect(ensure(randomUUID(), await host())).rejects.toMatchObject({ code: 'image_not_ready' });
  });

  it('is made of one that is to go with its last VM, while there is one', async () => {
    const { em } = world.database;
    const hostId = await host();
    const size = { vcpus: 1, memoryMib: 512, diskGib: 1 };
    const place = { imageId: id, hostId, location: 'loc1' };
    const { tenantId, userId } = world.ada;
    const own = { id: randomUUID(), name: 'web', tenantId, userId };
    await em.insert(Vm, { ...own, ...size, ...place, state: 'creating', wantedState: 'running' });
    await world.app.call(deleteImage, contextOf(world.ada), { id, deferred: true });
    expect(await onHost(id, hostId)).toBe(`/var/lib/nubo/images/${id}.qcow2`);
    await em.delete(Vm, { imageId: id });
    await world.isGone(id);
  });

  it('goes with the image; one on a host that is down goes when the host is back', async () => {
    const [near, far] = [await host(), await host()];
    await onHost(id, near);
    await onHost(id, far);
    await world.database.em.update(Host, { id: far }, { state: 'down' });
    await world.remove(id);
    await world.isGone(id);
    await eventually(() => !world.copies.files.has(`${near}/${id}`));
    expect(await world.database.em.findBy(ImageCopy, { imageId: id })).toMatchObject([
      { hostId: far, state: 'removing' },
    ]);
    await world.database.em.update(Host, { id: far }, { state: 'ready' });
    await world.app.bus.publish(hostChanged, { hostId: far, state: 'ready' });
    await eventually(async () => !(await world.database.em.existsBy(ImageCopy, { imageId: id })));
    expect(world.copies.files.has(`${far}/${id}`)).toBe(false);
  });

  it('is forgotten when its host was deleted for good', async () => {
    const hostId = await host({ state: 'down' });
    await world.database.em.insert(ImageCopy, { id: randomUUID(), imageId: id, hostId, state: 'ready' });
    await world.database.em.delete(Host, { id: hostId });
    await world.remove(id);
    await eventually(async () => !(await world.database.em.existsBy(ImageCopy, { imageId: id })));
  });
});
