import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageState } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { grant, GrantRow } from '@nubo/persistence';
import { quotaDriftOf, reserve } from '@nubo/quota';
import { Image, ImageCopy } from '../../../../libs/entities/src/compute';
import { ImageWorld, sends } from '../testing/image-world';
import { runKilledBefore, runOf } from '../testing/runs';
import { ImageCopyReconciler } from './image-copies.reconciler';
import { ImageReconciler } from './images.reconciler';

jest.setTimeout(60_000);

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.start();
  const raw = Buffer.alloc(1024 * 1024);
  raw.writeUInt16BE(0x55aa, 510);
  world.routes.set('/disk.raw', sends(raw));
});
afterAll(() => world?.stop());

const rowOf = (id: string): Promise<Image | null> => world.database.em.findOneBy(Image, { id });

/** A row of its own that no worker knows of; a raw disk takes every step that there is. */
async function row(state: ImageState = 'creating'): Promise<string> {
  const id = randomUUID();
  const { tenantId, userId } = world.ada;
  const own = { id, tenantId, userId, name: 'tiny', state, url: world.url('/disk.raw') };
  await world.database.em.transaction(async (em) => {
    await reserve(em, { tenantId, userId }, id, { images: 1 });
    await em.insert(Image, own);
    await grant(em, id, world.ada, 'manage');
  });
  return id;
}

const run = (id: string, attempt = 2) => world.app.get(ImageReconciler).run(id, runOf('image', id, attempt));

async function killedBefore(id: string, index: number): Promise<void> {
  const run = runKilledBefore('image', id, index);
  await world.app
    .get(ImageReconciler)
    .run(id, run)
    .catch(() => undefined);
}

async function stepCount(): Promise<number> {
  let steps = 0;
  const id = await row();
  await world.app.get(ImageReconciler).run(
    id,
    runOf('image', id, 1, () => void (steps += 1)),
  );
  return steps;
}

async function remove(id: string): Promise<void> {
  await world.database.em.update(Image, { id }, { state: 'deleting' });
  expect(await run(id, 3)).toEqual({ is: 'gone' });
}

describe('the making of an image', () => {
  it('goes on from wherever it was killed, and twice is harmless', async () => {
    const steps = await stepCount();
    expect(steps).toBeGreaterThanOrEqual(6);
    for (let index = 0; index <= steps; index += 1) {
      const id = await row();
      await killedBefore(id, index);
      for (const attempt of [2, 3]) expect(await run(id, attempt)).toEqual({ is: 'settled' });
      expect(await rowOf(id)).toMatchObject({ state: 'ready', progress: 100, minDisk: 1 });
      expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
      await remove(id);
    }
  });

  it('can be ended by a deletion from every half-made state, which leaves nothing', async () => {
    const steps = await stepCount();
    for (let index = 0; index <= steps; index += 1) {
      const id = await row();
      await killedBefore(id, index);
      await remove(id);
      expect(await rowOf(id)).toBeNull();
      expect(world.filesOf(id)).toEqual([]);
      expect(await world.database.em.existsBy(GrantRow, { resourceId: id })).toBe(false);
    }
    expect(await quotaDriftOf(world.database.em)).toBe(0);
  });

  it('says after its deadline why it did not succeed, and still may', async () => {
    const id = await row();
    await world.app.get(ImageReconciler).expired(id, 'download the image: images.example answered 503');
    expect(await rowOf(id)).toMatchObject({
      state: 'error',
      stateReason: 'download the image: images.example answered 503',
    });
    await run(id);
    expect(await rowOf(id)).toMatchObject({ state: 'ready', stateReason: null });
  });

  it('leaves an image alone that is ready', async () => {
    const id = await row('ready');
    expect(await run(id)).toEqual({ is: 'settled' });
    expect(existsSync(join(world.folder, 'images', `${id}.qcow2`))).toBe(false);
  });
});

describe('the removal of an image', () => {
  it('goes on from wherever it was killed', async () => {
    for (const index of [0, 1]) {
      const id = await row();
      await run(id);
      writeFileSync(join(world.folder, 'images', `${id}.1.part`), 'left by an earlier run');
      await world.database.em.update(Image, { id }, { state: 'deleting' });
      await killedBefore(id, index);
      if (await rowOf(id)) await run(id);
      expect(await rowOf(id)).toBeNull();
      expect(world.filesOf(id)).toEqual([]);
      expect(await run(id)).toEqual({ is: 'gone' });
    }
  });
});

describe('the copy of an image', () => {
  async function copy(): Promise<ImageCopy> {
    const [imageId, hostId] = [await row(), randomUUID()];
    await run(imageId);
    const own = { id: hostId, name: `h-${hostId.slice(0, 8)}`, userId: 'root', state: 'ready' as const };
    const login = {
      address: hostId,
      port: 22,
      user: 'root',
      hostKey: 'SHA256:x',
      roles: [],
      location: 'loc1',
    };
    await world.database.em.insert(Host, { ...own, ...login });
    const state = { state: 'copying' as const, stateReason: null };
    const made = { id: randomUUID(), imageId, hostId, kind: 'vm' as const, ...state };
    await world.database.em.insert(ImageCopy, made);
    return made;
  }

  const reconcile = (id: string) => world.app.get(ImageCopyReconciler).run(id, runOf('image-copy', id));

  it('is made once, also when it is run twice', async () => {
    const { id, hostId, imageId } = await copy();
    world.copies.brought = 0;
    for (let n = 0; n < 2; n += 1) expect(await reconcile(id)).toEqual({ is: 'settled' });
    expect(world.copies.brought).toBe(1);
    expect(world.copies.files.has(`${hostId}/${imageId}`)).toBe(true);
  });

  it('is removed from every half-made state, and twice is harmless', async () => {
    for (const made of [false, true]) {
      const { id, hostId, imageId } = await copy();
      if (made) await reconcile(id);
      await world.database.em.update(ImageCopy, { id }, { state: 'removing' });
      for (let n = 0; n < 2; n += 1) expect(await reconcile(id)).toEqual({ is: 'gone' });
      expect(world.copies.files.has(`${hostId}/${imageId}`)).toBe(false);
    }
  });
});
