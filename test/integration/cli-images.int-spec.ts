/** Images made with `nubo`, from files and from VMs; the built program against the whole gateway. */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { conflict, createImage, getImage, openUpload, snapshotVm } from '@nubo/contracts';
import { CliFixture, ID, vm } from './cli-fixtures';
import type { CliProcesses } from './cli-process';

jest.setTimeout(60_000);

const CONTENT = Buffer.alloc(3_000_000, 'what an image holds ');
const image = (more: object = {}): object =>
  vm({ name: 'disk', state: 'uploading', size: CONTENT.length, received: 0, ...more });

describe('nubo', () => {
  const fixture = CliFixture.install();
  const run: CliProcesses['run'] = (...given) => fixture.nubo.run(...given);
  const file = (): string => join(fixture.nubo.home, 'disk.qcow2');
  /** The internal port of the service that keeps images, and what came there. */
  let compute: Server;
  let arrived: Buffer;
  /** A stream is cut when so many bytes are there. */
  let cutAt: number;

  beforeAll(async () => {
    compute = createServer((request, response) => {
      // Node takes the socket from a request whose reading is broken off.
      const { socket } = request;
      void take(request).then((whole) => {
        if (!whole) return socket.destroy();
        response.end(JSON.stringify(image({ state: 'creating', received: arrived.length })));
      });
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => compute.once('listening', listening));
  });
  afterAll(() => void compute.close());
  beforeEach(() => {
    [arrived, cutAt] = [Buffer.alloc(0), Infinity];
    fixture.logIn();
    writeFileSync(file(), CONTENT);
    const { services } = fixture.gateway;
    const url = `http://127.0.0.1:${(compute.address() as AddressInfo).port}/`;
    services.answer(createImage, () => image());
    services.answer(openUpload, ({ offset }) => {
      if (offset !== arrived.length) throw wrongOffset();
      return { url, ticket: 'once', image: image({ received: arrived.length }) };
    });
    services.answer(getImage, () =>
      arrived.length < CONTENT.length ? image({ received: arrived.length }) : image({ state: 'ready' }),
    );
  });

  async function take(request: IncomingMessage): Promise<boolean> {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      arrived = Buffer.concat([arrived, chunk]).subarray(0, cutAt);
      if (arrived.length >= cutAt) {
        cutAt = Infinity;
        return false;
      }
    }
    return true;
  }

  const wrongOffset = () =>
    conflict('wrong_offset', `${arrived.length} bytes have arrived.`, { received: arrived.length });
  const offsets = (): unknown[] =>
    fixture.gateway.services.callsOf(openUpload).map(({ input }) => input['offset']);

  it('uploads a file, saying how far it is', async () => {
    const { code, stdout, stderr } = await run(['image', 'upload', file(), 'disk', 'my disk']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `image disk is ready. ${ID}\n` });
    expect(stderr).toContain('image disk: uploading 100 %');
    expect(arrived.equals(CONTENT)).toBe(true);
    expect(fixture.gateway.services.callsOf(createImage)[0].input).toEqual({
      upload: true,
      size: CONTENT.length,
      name: 'disk',
      description: 'my disk',
    });
  });

  it('goes on where an upload broke off', async () => {
    cutAt = 1_000_000;
    expect(await run(['image', 'upload', file(), 'disk'])).toMatchObject({ code: 0 });
    expect(arrived.equals(CONTENT)).toBe(true);
    expect(offsets()).toEqual([0, 1_000_000]);
  });

  it('goes on at the offset that a refusal tells', async () => {
    arrived = CONTENT.subarray(0, 2_000_000);
    expect(await run(['image', 'upload', file(), 'disk'])).toMatchObject({ code: 0 });
    expect(arrived.equals(CONTENT)).toBe(true);
    expect(offsets()).toEqual([0, 2_000_000]);
  });

  it('goes on with an upload of another time, of the same file only', async () => {
    arrived = CONTENT.subarray(0, 2_000_000);
    expect(await run(['image', 'upload', file(), ID, '--resume'])).toMatchObject({ code: 0 });
    expect(arrived.equals(CONTENT)).toBe(true);
    expect(offsets()).toEqual([2_000_000]);
    expect(fixture.gateway.services.callsOf(createImage)).toEqual([]);

    arrived = Buffer.alloc(0);
    writeFileSync(file(), 'another');
    const { code, stderr } = await run(['image', 'upload', file(), ID, '--resume']);
    expect(code).toBe(1);
    expect(stderr).toContain(`has 7 bytes, and ${CONTENT.length} were announced.`);
  });

  it('sends nothing in a dry run, and nothing of what is no file', async () => {
    expect(await run(['image', 'upload', file(), 'disk', '--dry-run'])).toMatchObject({ code: 0 });
    expect(await run(['image', 'upload', fixture.nubo.home, 'disk'])).toMatchObject({ code: 2 });
    expect(await run(['image', 'upload', `${file()}2`, 'disk'])).toMatchObject({ code: 1 });
    expect(offsets()).toEqual([]);
  });

  it('saves a VM as an image', async () => {
    fixture.gateway.services.answer(snapshotVm, () => image({ state: 'creating' }));
    fixture.gateway.services.answer(getImage, () => image({ state: 'ready' }));
    const { stdout } = await run(['vm', 'save', ID, 'disk', 'as of today', '--quiesce']);
    expect(stdout).toBe(`image disk is ready. ${ID}\n`);
    expect(fixture.gateway.services.callsOf(snapshotVm)[0].input).toEqual({
      id: ID,
      name: 'disk',
      description: 'as of today',
      quiesce: true,
    });
  });
});
