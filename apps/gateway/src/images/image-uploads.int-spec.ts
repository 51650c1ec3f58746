import { randomUUID } from 'node:crypto';
import http, { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { conflict, openUpload, tooLarge } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { exampleAnswers } from '../testing/examples';
import { testGateway, type TestGateway } from '../testing/test-gateway';
import { ImageUploads } from './image-uploads.driver';

jest.setTimeout(60_000);

/** The internal port of the service that keeps images. */
let compute: Server;
let handle: RequestListener;
let gateway: TestGateway;
const id = randomUUID();

beforeAll(async () => {
  gateway = await testGateway();
  compute = createServer((request, response) => handle(request, response));
  compute.listen(0, '127.0.0.1');
  await new Promise((listening) => compute.once('listening', listening));
});
afterAll(async () => {
  compute?.closeAllConnections();
  compute?.close();
  await gateway?.stop();
});
beforeEach(() => {
  gateway.services.reset();
  const { image } = exampleAnswers(gateway.document).get(openUpload.subject) as { image?: object };
  const { port } = compute.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/internal/images/${id}/content?offset=7`;
  gateway.services.answer(openUpload, () => ({ url, ticket: 'once', image: image ?? {} }));
});

const path = `/iaas/images/${id}/content?offset=7`;
const OCTETS = { 'content-type': 'application/octet-stream' };
const put = (body: Buffer, headers: Record<string, string> = OCTETS): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    method: 'PUT',
    headers: { ...headers, authorization: gateway.token() },
    body: new Uint8Array(body),
  });

/** A client that sends by hand. */
function client(): http.ClientRequest {
  const headers = { ...OCTETS, authorization: gateway.token(), 'transfer-encoding': 'chunked' };
  return http.request(`${gateway.url}${path}`, { method: 'PUT', headers }).on('error', () => undefined);
}
const answerOf = (request: http.ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve) => request.once('response', resolve));

describe('the content of an image', () => {
  it('goes to the service as it is, with a ticket, beyond the limit of JSON', async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 'nubo');
    const seen: { bytes: number; headers?: http.IncomingHttpHeaders; url?: string } = { bytes: 0 };
    handle = (request, response) => {
      Object.assign(seen, { headers: request.headers, url: request.url });
      request.on('data', (chunk: Buffer) => (seen.bytes += chunk.length));
      request.on('end', () => response.end(JSON.stringify({ id, state: 'creating', version: 3 })));
    };
    const response = await put(body);
    expect([response.status, response.headers.get('etag')]).toEqual([200, '"3"']);
    expect(await response.json()).toMatchObject({ id, state: 'creating' });
    expect(seen).toMatchObject({ bytes: body.length, url: `/internal/images/${id}/content?offset=7` });
    expect(seen.headers).toMatchObject({
      authorization: 'Ticket once',
      'content-length': String(body.length),
    });
    expect(JSON.stringify(seen.headers)).not.toContain(gateway.token().slice(0, 10));
    expect(gateway.services.calls[0]).toMatchObject({
      subject: openUpload.subject,
      input: { id, offset: 7 },
    });
  });

  it('waits in the client while the service does not read', async () => {
    handle = (request) => void request.pause();
    const request = client();
    let written = 0;
    const chunk = Buffer.alloc(256 * 1024);
    for (let n = 0; n < 400 && request.write(chunk); n += 1) written += chunk.length;
    const grow = setInterval(() => {
      while (request.writableLength < 4 * chunk.length && !request.destroyed) {
        request.write(chunk);
        written += chunk.length;
      }
    }, 10);
    let before = -1;
    await eventually(
      () => {
        const same = written === before && written > chunk.length;
        before = written;
        return same;
      },
      { everyMs: 500, withinMs: 15_000 },
    );
    clearInterval(grow);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    request.destroy();
  });

  it('ends on both sides when the client goes', async () => {
    let broken = false;
    let begun = false;
    handle = (request) => {
      request.once('data', () => (begun = true));
      request.on('error', () => (broken = true));
      request.resume();
    };
    const request = client();
    request.write(Buffer.alloc(1000));
    await eventually(() => begun);
    request.destroy();
    await eventually(() => broken);
  });

  it('ends with 503 when the service goes, and the client hears it while it still sends', async () => {
    handle = (request) => void request.once('data', () => request.socket.destroy());
    const request = client();
    request.write(Buffer.alloc(100_000));
    const answer = await answerOf(request);
    expect(answer.statusCode).toBe(503);
    request.destroy();
  });

  describe('whose service does not answer', () => {
    const uploads = (): ImageUploads => gateway.app.get(ImageUploads, { strict: false });
    let left: boolean;
    beforeEach(() => {
      uploads().answerMs = 300;
      left = false;
    });
    afterEach(() => (uploads().answerMs = 30_000));

    const silences: [string, RequestListener][] = [
      ['says nothing after the last byte', (request) => void request.resume()],
      ['does not read the rest', (request) => void setTimeout(() => request.resume(), 1_000)],
      [
        'breaks its answer off in the middle',
        (request, response) => {
          request.resume();
          response.writeHead(200, { 'content-length': '100' }).write('{"id":');
        },
      ],
    ];
    it.each(silences)('is given up with 503 when it %s', async (_, silent) => {
      handle = (request, response) => {
        request.socket.once('close', () => (left = true));
        silent(request, response);
      };
      const response = await put(Buffer.alloc(300_000));
      expect([response.status, response.headers.has('retry-after')]).toEqual([503, true]);
      expect(await response.json()).toMatchObject({ code: 'upload_broken' });
      await eventually(() => left);
    });

    it('has all the time it needs until its last byte', async () => {
      handle = (request, response) => {
        request.resume().once('end', () => response.end(JSON.stringify({ id, version: 3 })));
      };
      const request = client();
      const answer = answerOf(request);
      for (let n = 0; n < 5; n += 1) {
        request.write(Buffer.alloc(1_000));
        await new Promise((passed) => setTimeout(passed, 150));
      }
      request.end();
      expect((await answer).statusCode).toBe(200);
    });
  });

  it('is refused with what the service says, also in the middle', async () => {
    handle = (request, response) =>
      void request.once('data', () =>
        response
          .writeHead(413)
          .end(JSON.stringify(tooLarge('upload_too_large', 'It is more.', { size: 9 }).toWire())),
      );
    const request = client();
    request.write(Buffer.alloc(100_000));
    const answer = await answerOf(request);
    expect(answer.statusCode).toBe(413);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    request.destroy();
  });

  it('is not even opened where the service refuses it', async () => {
    let asked = false;
    handle = () => (asked = true);
    gateway.services.answer(openUpload, () => {
      throw conflict('wrong_offset', 'Go on with offset=9.', { received: 9 });
    });
    const response = await put(Buffer.alloc(2_000_000));
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'wrong_offset', received: 9 });
    expect(asked).toBe(false);
  });

  it('must be octets, and octets are for no other route', async () => {
    const strange = await put(Buffer.from('{}'), { 'content-type': 'application/json' });
    expect(await strange.json()).toMatchObject({
      status: 415,
      detail: 'Send the body as application/octet-stream.',
    });
    const headers = { ...OCTETS, authorization: gateway.token() };
    const other = await fetch(`${gateway.url}/iaas/vpcs`, { method: 'POST', headers, body: 'x'.repeat(10) });
    expect(other.status).toBe(415);
    expect(gateway.services.calls).toEqual([]);
  });

  it.each(['', '?offset=-1', '?offset=x', '?offset=1.5', '?offset=1&offset=2'])(
    'needs an offset, not %j',
    async (query) => {
      const response = await gateway.ask(`/iaas/images/${id}/content${query}`, {
        method: 'PUT',
        token: gateway.token(),
      });
      expect(response.status).toBe(400);
      expect(JSON.stringify(await response.json())).toContain('offset');
    },
  );
});
