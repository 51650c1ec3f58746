import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CreateImage } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { Image } from '../../../../libs/entities/src/compute';
import { ImageWorld, MAX_BYTES, redirects, sends } from '../testing/image-world';

jest.setTimeout(60_000);

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.start();
});
afterAll(() => world?.stop());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The reason why an image cannot be taken; nothing of it is left. */
async function failed(change: Partial<CreateImage>): Promise<string> {
  const { id } = await world.create(change);
  const { stateReason } = await world.becomes(id, 'error');
  expect(world.filesOf(id)).toEqual([]);
  await world.remove(id);
  await world.isGone(id);
  return stateReason as string;
}

describe('an image from a URL', () => {
  it('is fetched, checked and stored under its id', async () => {
    const { id, state } = await world.create({ sha256: sha256(world.qcow2) });
    expect(state).toBe('creating');
    const ready = await world.becomes(id, 'ready');
    expect(ready).toMatchObject({
      size: world.qcow2.length,
      minDisk: 1,
      progress: 100,
      sha256: sha256(world.qcow2),
    });
    expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
    expect(world.stored(id).equals(world.qcow2)).toBe(true);
  });

  it('is converted when it is a raw disk', async () => {
    const raw = Buffer.alloc(1024 * 1024);
    raw.writeUInt16BE(0x55aa, 510);
    world.routes.set('/disk.raw', sends(raw));
    const { id } = await world.create({ url: world.url('/disk.raw') });
    const ready = await world.becomes(id, 'ready');
    expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
    expect(world.stored(id).toString('latin1', 0, 3)).toBe('QFI');
    expect(ready).toMatchObject({ sha256: sha256(raw), size: world.stored(id).length });
    const row = await world.database.em.findOneByOrFail(Image, { id });
    expect(row.fileSha256).toBe(sha256(world.stored(id)));
  });

  it('may be redirected, but not without end', async () => {
    world.routes.set('/moved', redirects('/tiny.qcow2'));
    const { id } = await world.create({ url: world.url('/moved') });
    await world.becomes(id, 'ready');
    world.routes.set('/loop', redirects('/loop'));
    expect(await failed({ url: world.url('/loop') })).toContain('redirected more than 5 times');
  });

  it('is fetched again when the server breaks off in the middle', async () => {
    let tries = 0;
    world.routes.set('/flaky', (_request, response) => {
      tries += 1;
      response.writeHead(200, { 'content-length': world.qcow2.length });
      if (tries > 2) return void response.end(world.qcow2);
      response.write(world.qcow2.subarray(0, 1000), () => response.destroy());
    });
    const { id } = await world.create({ url: world.url('/flaky'), sha256: sha256(world.qcow2) });
    await world.becomes(id, 'ready');
    expect(tries).toBe(3);
    expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
  });

  it('is tried again when the server is ill, and says so meanwhile', async () => {
    let ill = true;
    world.routes.set('/ill', (_request, response) => {
      if (ill) response.writeHead(503).end();
      else response.end(world.qcow2);
    });
    const { id } = await world.create({ url: world.url('/ill') });
    await eventually(async () => (await world.look(id)).stateReason?.includes('answered 503'));
    expect((await world.look(id)).state).toBe('creating');
    ill = false;
    expect((await world.becomes(id, 'ready')).stateReason).toBeNull();
  });

  it('stops being fetched when it is deleted', async () => {
    let closed = false;
    world.routes.set('/slow', (_request, response) => {
      response.writeHead(200, { 'content-length': MAX_BYTES });
      const drip = setInterval(() => response.write(Buffer.alloc(1000)), 100);
      response.on('close', () => {
        closed = true;
        clearInterval(drip);
      });
    });
    const { id } = await world.create({ url: world.url('/slow') });
    await eventually(() => world.filesOf(id).length > 0);
    await world.remove(id);
    await world.isGone(id);
    expect(closed).toBe(true);
    expect(world.filesOf(id)).toEqual([]);
  });
});

describe('an image that cannot be taken ends in error, with a reason and no file', () => {
  it('because its checksum is another', async () => {
    expect(await failed({ sha256: '0'.repeat(64) })).toMatch(/SHA-256 is .*\(checksum_mismatch\)/);
  });

  it('because it is too large, as announced', async () => {
    world.routes.set('/large', (_request, response) =>
      response.writeHead(200, { 'content-length': 1e12 }).flushHeaders(),
    );
    expect(await failed({ url: world.url('/large') })).toMatch(
      /larger than the 4194304 bytes.*\(too_large\)/,
    );
  });

  it('because it is too large, although it did not say so', async () => {
    world.routes.set('/endless', (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(100_000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await failed({ url: world.url('/endless') })).toContain('(too_large)');
  });

  it('because it leans on a backing file', async () => {
    writeFileSync(join(world.folder, 'base.raw'), Buffer.alloc(1024 * 1024));
    const overlay = world.imageFile(
      'o.qcow2',
      '-f',
      'qcow2',
      '-F',
      'raw',
      '-b',
      join(world.folder, 'base.raw'),
      '1M',
    );
    world.routes.set('/overlay', sends(overlay));
    expect(await failed({ url: world.url('/overlay') })).toMatch(/backing file.*\(not_an_image\)/);
  });

  it('because it keeps its data in another file', async () => {
    const option = `data_file=${join(world.folder, 'data.raw')}`;
    world.routes.set('/outside', sends(world.imageFile('outside.qcow2', '-f', 'qcow2', '-o', option, '1M')));
    expect(await failed({ url: world.url('/outside') })).toMatch(/another file.*\(not_an_image\)/);
  });

  it('because its insides are broken', async () => {
    const broken = Buffer.from(world.qcow2);
    broken.writeBigUInt64BE(0xffff_ffff_ffffn, 40);
    world.routes.set('/broken', sends(broken));
    expect(await failed({ url: world.url('/broken') })).toMatch(/qemu-img cannot read it.*\(not_an_image\)/);
  });

  it('because it is a web page', async () => {
    world.routes.set('/page', sends(Buffer.from('<html>Not here</html>'.padEnd(1000))));
    expect(await failed({ url: world.url('/page') })).toContain('web page');
  });

  it('because there is none', async () => {
    expect(await failed({ url: world.url('/nothing') })).toMatch(/answered 404.*\(not_found\)/);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/secret',
    'http://[::1]:22/',
    'http://localhost.localdomain.invalid@127.0.0.1/',
    'file:///etc/passwd',
  ])('because it redirects to %s', async (location) => {
    world.routes.set('/away', redirects(location));
    expect(await failed({ url: world.url('/away') })).toContain('(address_refused)');
  });
});
