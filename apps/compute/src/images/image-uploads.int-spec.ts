import { randomUUID, createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { openUpload, type ImageView, type Principal, type UploadTicket } from '@nubo/contracts';
import { quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually } from '@nubo/testing';
import { Image, UploadTicketRow } from '../../../../libs/entities/src/compute';
import { ImageWorld } from '../testing/image-world';
import { ImageReconciler } from './images.reconciler';

jest.setTimeout(60_000);

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.start();
});
afterAll(() => world?.stop());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const announce = (change = {}): Promise<ImageView> =>
  world.create({ url: undefined, upload: true, size: world.qcow2.length, ...change });
const open = (id: string, offset = 0, who: Principal = world.ada): Promise<UploadTicket> =>
  world.app.call(openUpload, contextOf(who), { id, offset });

interface Answer {
  status: number;
  body: { code?: string; received?: number; state?: string; details?: object };
}

const send = async ({ url, ticket }: Pick<UploadTicket, 'url' | 'ticket'>, body: Buffer): Promise<Answer> => {
  const headers = { authorization: `Ticket ${ticket}`, 'content-type': 'application/octet-stream' };
  const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};

/** A stream that has sent `first` and is still open. */
async function begun({ url, ticket }: UploadTicket, first: Buffer): Promise<http.ClientRequest> {
  const headers = { authorization: `Ticket ${ticket}`, 'content-type': 'application/octet-stream' };
  const request = http.request(url, { method: 'PUT', headers });
  request.on('error', () => undefined);
  await new Promise((sent) => request.write(first, sent));
  return request;
}

const deliveryOf = (id: string): string => join(world.folder, 'images', `${id}.delivery`);
const row = (id: string): Promise<Image> => world.database.em.findOneByOrFail(Image, { id });
const holds = (id: string): Promise<boolean> => eventually(async () => (await row(id)).writer !== null);

describe('an upload', () => {
  it('in one piece becomes an image', async () => {
    const image = await announce({ sha256: sha256(world.qcow2) });
    expect(image).toMatchObject({
      state: 'uploading',
      source: 'upload',
      received: 0,
      size: world.qcow2.length,
    });
    const answer = await send(await open(image.id), world.qcow2);
    expect(answer).toMatchObject({ status: 200, body: { state: 'creating', received: world.qcow2.length } });
    const ready = await world.becomes(image.id, 'ready');
    expect(ready).toMatchObject({ sha256: sha256(world.qcow2), minDisk: 1 });
    expect(world.stored(image.id).equals(world.qcow2)).toBe(true);
    await eventually(() => world.filesOf(image.id).length === 1);
  });

  it('in pieces goes on where each ended, and is far larger than what JSON may be', async () => {
    const raw = Buffer.alloc(3 * 1024 * 1024, 'nubo');
    raw.writeUInt16BE(0x55aa, 510);
    const { id } = await announce({ size: raw.length });
    const half = 2 * 1024 * 1024;
    await send(await open(id), raw.subarray(0, half));
    expect(await world.look(id)).toMatchObject({ state: 'uploading', received: half, progress: 66 });
    await send(await open(id, half), raw.subarray(half));
    expect(await world.becomes(id, 'ready')).toMatchObject({ sha256: sha256(raw) });
    expect(world.stored(id).toString('latin1', 0, 3)).toBe('QFI');
  });

  it('at a wrong offset is refused with the right one', async () => {
    const { id } = await announce();
    await send(await open(id), world.qcow2.subarray(0, 1000));
    for (const offset of [0, 999, 1001]) {
      await expect(open(id, offset)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'wrong_offset',
        details: { received: 1000 },
      });
    }
  });

  it('of more than was announced is refused, and what fits is not taken from it', async () => {
    const { id } = await announce({ size: 100 });
    expect(await send(await open(id), world.qcow2)).toMatchObject({
      status: 413,
      body: { code: 'upload_too_large' },
    });
    expect(await world.look(id)).toMatchObject({ state: 'uploading', received: 0 });
    const request = await begun(await open(id), Buffer.alloc(60));
    const answered = new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
    request.end(Buffer.alloc(60));
    expect((await answered).statusCode).toBe(413);
    expect((await world.look(id)).received).toBeLessThanOrEqual(100);
  });

  it('of more than was announced never becomes what fits of it, and can still be put right', async () => {
    const { id } = await announce();
    const request = await begun(await open(id), world.qcow2);
    await holds(id);
    const answered = new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
    await new Promise((passed) => setTimeout(passed, 200));
    request.end(Buffer.alloc(1));
    expect((await answered).statusCode).toBe(413);
    const { state, received: there } = await world.look(id);
    const received = there ?? 0;
    expect(state).toBe('uploading');
    expect(received).toBeLessThan(world.qcow2.length);
    await send(await open(id, received), world.qcow2.subarray(received));
    expect(await world.becomes(id, 'ready')).toMatchObject({ sha256: sha256(world.qcow2) });
    await world.remove(id);
  });

  it('whose client goes keeps what had arrived', async () => {
    const { id } = await announce();
    const request = await begun(await open(id), world.qcow2.subarray(0, 5000));
    await eventually(() => statSync(deliveryOf(id), { throwIfNoEntry: false })?.size === 5000);
    request.destroy();
    await eventually(async () => (await world.look(id)).received === 5000);
    await send(await open(id, 5000), world.qcow2.subarray(5000));
    expect(await world.becomes(id, 'ready')).toMatchObject({ sha256: sha256(world.qcow2) });
  });

  it('is written by one stream at a time', async () => {
    const { id } = await announce();
    const [first, second] = [await open(id), await open(id)];
    const request = await begun(first, world.qcow2.subarray(0, 10));
    await holds(id);
    expect(await send(second, world.qcow2)).toMatchObject({ status: 409, body: { code: 'upload_busy' } });
    await expect(open(id)).rejects.toMatchObject({ code: 'upload_busy' });
    request.end(world.qcow2.subarray(10));
    await world.becomes(id, 'ready');
  });

  it('goes on after its service was killed: what the row does not know is written again', async () => {
    const { id } = await announce();
    await send(await open(id), world.qcow2.subarray(0, 1000));
    // As it is after kill -9: more in the file than was noted, and a lease that nobody renews.
    writeFileSync(deliveryOf(id), Buffer.concat([world.qcow2.subarray(0, 1000), Buffer.alloc(500, 'x')]));
    await world.database.em.update(
      Image,
      { id },
      { writer: randomUUID(), writerUntil: new Date(Date.now() - 1) },
    );
    await send(await open(id, 1000), world.qcow2.subarray(1000));
    expect(await world.becomes(id, 'ready')).toMatchObject({ sha256: sha256(world.qcow2) });
  });

  it('whose file lost its end goes on from there', async () => {
    const { id } = await announce();
    await send(await open(id), world.qcow2.subarray(0, 1000));
    writeFileSync(deliveryOf(id), world.qcow2.subarray(0, 400));
    await expect(open(id, 1000)).rejects.toMatchObject({ details: { received: 400 } });
    await send(await open(id, 400), world.qcow2.subarray(400));
    expect(await world.becomes(id, 'ready')).toMatchObject({ sha256: sha256(world.qcow2) });
  });

  it('ends when its image is deleted, and leaves nothing', async () => {
    const { id } = await announce();
    const request = await begun(await open(id), world.qcow2.subarray(0, 1000));
    await holds(id);
    await world.remove(id);
    await world.isGone(id);
    request.end(world.qcow2.subarray(1000));
    await eventually(() => request.destroyed || request.writableFinished);
    expect(world.filesOf(id)).toEqual([]);
    expect(await quotaDriftOf(world.database.em)).toBe(0);
  });

  it('of another file than announced is refused with a reason', async () => {
    const { id } = await announce({ sha256: '0'.repeat(64) });
    await send(await open(id), world.qcow2);
    expect((await world.becomes(id, 'error')).stateReason).toContain('(checksum_mismatch)');
    expect(world.filesOf(id)).toEqual([]);
  });

  it('that leans on another file is refused like one from a URL', async () => {
    const overlay = world.imageFile('u.qcow2', '-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/shadow', '1M');
    const { id } = await announce({ size: overlay.length });
    await send(await open(id), overlay);
    expect((await world.becomes(id, 'error')).stateReason).toContain('backing file');
    expect(world.filesOf(id)).toEqual([]);
  });
});

describe('an upload that nobody goes on with', () => {
  const expire = (id: string) =>
    world.app.get(ImageReconciler).expired(id, 'waiting for the rest of the upload');

  it('is given a day, and another with every piece', async () => {
    const { id } = await announce();
    const due = async (): Promise<number> => {
      const sql = `SELECT extract(epoch FROM deadline_at - now()) AS left FROM work WHERE kind = 'image' AND resource_id = $1`;
      const [{ left }] = await world.database.em.query<{ left: string }[]>(sql, [id]);
      return Number(left);
    };
    expect(await due()).toBeGreaterThan(86_000);
    await world.database.em.query(
      `UPDATE work SET deadline_at = now() + interval '1 hour' WHERE resource_id = $1`,
      [id],
    );
    await send(await open(id), world.qcow2.subarray(0, 10));
    expect(await due()).toBeGreaterThan(86_000);
  });

  it('ends in error, and its bytes go', async () => {
    const { id } = await announce();
    await send(await open(id), world.qcow2.subarray(0, 1000));
    await expire(id);
    expect(await world.look(id)).toMatchObject({ state: 'error', received: 0 });
    expect(world.filesOf(id)).toEqual([]);
    await expect(open(id)).rejects.toMatchObject({ code: 'image_not_uploading' });
    await world.remove(id);
    await world.isGone(id);
  });

  it('is not given up while a stream writes it', async () => {
    const { id } = await announce();
    const request = await begun(await open(id), world.qcow2.subarray(0, 1000));
    await holds(id);
    await expire(id);
    request.end(world.qcow2.subarray(1000));
    await world.becomes(id, 'ready');
  });
});

describe('a ticket', () => {
  const refused = { status: 403, body: { code: 'bad_ticket' } };

  it('is given to who may change the image only', async () => {
    const { id } = await announce();
    await expect(open(id, 0, world.bob)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(open((await world.ready()).id)).rejects.toMatchObject({ code: 'image_not_uploading' });
  });

  it('that is forged is refused', async () => {
    const { id } = await announce();
    const { url } = await open(id);
    expect(await send({ url, ticket: 'a'.repeat(43) }, world.qcow2)).toMatchObject(refused);
    expect(await send({ url, ticket: '' }, world.qcow2)).toMatchObject(refused);
  });

  it('works once', async () => {
    const { id } = await announce();
    const admitted = await open(id);
    await send(admitted, Buffer.alloc(0));
    expect(await send(admitted, world.qcow2)).toMatchObject(refused);
  });

  it('is for one image and one offset', async () => {
    const [{ id }, other] = [await announce(), await announce()];
    const elsewhere = await open(id);
    const url = elsewhere.url.replace(id, other.id);
    expect(await send({ ...elsewhere, url }, world.qcow2)).toMatchObject(refused);
    const moved = await open(id);
    expect(
      await send({ ...moved, url: moved.url.replace('offset=0', 'offset=5') }, world.qcow2),
    ).toMatchObject(refused);
    expect(await send(elsewhere, world.qcow2)).toMatchObject(refused);
  });

  it('is over after half a minute', async () => {
    const { id } = await announce();
    const admitted = await open(id);
    await world.database.em.update(UploadTicketRow, { imageId: id }, { expiresAt: new Date(Date.now() - 1) });
    expect(await send(admitted, world.qcow2)).toMatchObject(refused);
  });

  it('is not in the database as it is', async () => {
    const { ticket } = await open((await announce()).id);
    expect(JSON.stringify(await world.database.em.find(UploadTicketRow))).not.toContain(ticket);
  });
});
