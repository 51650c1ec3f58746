import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPlatformImage, serviceContext, type ImageView } from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { eventually } from '@nubo/testing';
import { pack } from 'tar-stream';
import { Image } from '../../../../libs/entities/src/compute';
import { ImageWorld } from '../testing/image-world';
import { ImageStore } from './image-store.driver';
import { PlatformImages } from './platform-images.service';

jest.setTimeout(60_000);

async function rootfs(marker: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'bin/sh', mode: 0o755 }, marker);
  tar.entry({ name: 'etc/hostname' }, marker);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const ctx = serviceContext('cdn', 'test');
let world: ImageWorld;
let folder: string;
beforeAll(async () => {
  const content = await rootfs('one');
  world = await ImageWorld.start({
    before: (data) => {
      folder = join(data, 'platform-images');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'nubo-test.tar'), content);
      writeFileSync(join(folder, 'README.txt'), 'not an image');
    },
  });
});
afterAll(() => world?.stop());

const find = (name = 'nubo-test'): Promise<ImageView> =>
  world.app.call(findPlatformImage, ctx, { name, kind: 'container' });
const ready = (): Promise<ImageView> =>
  eventually(async () => {
    const image = await find().catch(() => undefined);
    return image?.state === 'ready' ? image : undefined;
  });

describe('a file in the folder of platform images', () => {
  it('becomes a public image of nobody, once', async () => {
    const image = await ready();
    expect(image).toMatchObject({ name: 'nubo-test', kind: 'container', public: true, tenantId: null });
    const looks = Array.from({ length: 3 }, () => world.app.get(PlatformImages).look());
    await Promise.all(looks);
    expect((await find()).id).toBe(image.id);
    expect(await world.app.get(Database).manager.countBy(Image, { userId: 'platform' })).toBe(1);
  });

  it('is a new image when its content is another, without a restart; the old one goes', async () => {
    const old = await ready();
    writeFileSync(join(folder, 'nubo-test.tar'), await rootfs('two'));
    await eventually(async () => (await find()).id !== old.id && (await find()).state === 'ready');
    await eventually(async () => !(await world.app.get(Database).manager.existsBy(Image, { id: old.id })));
  });

  it('is taken as it was delivered, whatever another look delivers meanwhile', async () => {
    const store = world.app.get(ImageStore);
    const [id, path] = [randomUUID(), join(folder, 'one.txt')];
    writeFileSync(path, 'whole');
    await store.deliver(id, path);
    const taken = await store.temporary(id, 1);
    await store.take(id, taken);
    writeFileSync(path, 'ano');
    await store.deliver(id, path);
    expect(readFileSync(taken, 'utf8')).toBe('whole');
    expect(await store.delivered(id)).toBe(3);
    writeFileSync(`${store.path(id, 'container').replace(/tar$/, 'delivery')}.killed`, 'who');
    await store.remove(id);
    expect(world.filesOf(id)).toEqual([]);
  });

  it('says how the image of CDN instances is built where there is none', async () => {
    const wanted = { name: 'nubo-edge', kind: 'vm' as const };
    await expect(world.app.call(findPlatformImage, ctx, wanted)).rejects.toMatchObject({
      code: 'no_platform_image',
      message: expect.stringContaining('npm run edge-image -- --vm --into FOLDER') as string,
    });
  });

  it('says what to do where there is none', async () => {
    await expect(find('nubo-other')).rejects.toMatchObject({
      code: 'no_platform_image',
      message: expect.stringContaining('nubo-other.tar') as string,
    });
  });
});
