import http, { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createDistribution, createRelease, openContent, unprocessable } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { exampleAnswers } from '../testing/examples';
import { testGateway, type TestGateway } from '../testing/test-gateway';

jest.setTimeout(30_000);

const MANIFEST = 'a'.repeat(64);
const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';
const DOCUMENT = { locations: ['loc1'], subnet: '190.0.0.0/24' };

/** The internal port of the cdn service. */
let cdn: Server;
let handle: RequestListener;
let received: Buffer[];
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway();
  cdn = createServer((request, response) => handle(request, response));
  cdn.listen(0, '127.0.0.1');
  await new Promise((listening) => cdn.once('listening', listening));
});
afterAll(async () => {
  cdn?.closeAllConnections();
  cdn?.close();
  await gateway?.stop();
});
beforeEach(() => {
  received = [];
  handle = (request, response) =>
    void buffer(request).then((body) => {
      received.push(body);
      response.end(JSON.stringify({ id: ID, manifest: MANIFEST, files: 1, bytes: body.length }));
    });
  gateway.services.reset();
  const { port } = cdn.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/internal/contents/${ID}`;
  const content = { id: ID, manifest: null, files: 0, bytes: 0 };
  gateway.services.answer(openContent, () => ({ url, ticket: 'once', content }));
  const examples = exampleAnswers(gateway.document);
  for (const op of [createDistribution, createRelease])
    gateway.services.answer(op, () => examples.get(op.subject) as never);
});

interface Part {
  name: string;
  body: string | Buffer;
  file?: boolean;
}

function formOf(parts: Part[]): FormData {
  const form = new FormData();
  for (const { name, body, file } of parts)
    if (file) form.append(name, new Blob([new Uint8Array(Buffer.from(body))]), 'site.tar');
    else form.append(name, String(body));
  return form;
}

const post = (parts: Part[], path = '/cdn/distributions', token = gateway.token()): Promise<Response> =>
  fetch(`${gateway.url}${path}`, { method: 'POST', headers: { authorization: token }, body: formOf(parts) });
const document = (more: object = {}): Part => ({
  name: 'document',
  body: JSON.stringify({ ...DOCUMENT, ...more }),
});
const archive = (body: string | Buffer = 'tar'): Part => ({ name: 'content', body, file: true });
const inputOf = (subject: string) => gateway.services.calls.find((call) => call.subject === subject)?.input;

describe('a document with an archive', () => {
  it('is the same as a document that names what was sent', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'nubo');
    const response = await post([document({ srcdata: 'site.tar' }), archive(large)]);
    expect(response.status).toBe(201);
    expect(received[0]?.equals(large)).toBe(true);
    expect(inputOf(createDistribution.subject)).toEqual({ ...DOCUMENT, content: MANIFEST });
  });

  it('makes a release of a distribution, too', async () => {
    const parts = [{ name: 'document', body: '{}' }, archive()];
    const response = await post(parts, `/cdn/distributions/${ID}/releases`);
    expect(response.status).toBe(201);
    expect(inputOf(createRelease.subject)).toEqual({ id: ID, content: MANIFEST });
  });

  it('is refused for its fields before the archive is read', async () => {
    const response = await post([document({ locations: 'loc1', odd: 1 }), archive()]);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect([...new Set(errors.map(({ field }) => field))].sort()).toEqual(['locations', 'odd']);
    expect(gateway.services.calls).toEqual([]);
    expect(received).toEqual([]);
  });

  it.each<[string, Part[], string]>([
    ['the archive first', [archive(), document()], 'bad_form'],
    ['no archive', [document()], 'bad_form'],
    ['no document', [archive()], 'bad_form'],
    ['a document that is no JSON', [{ name: 'document', body: '{' }, archive()], 'invalid_input'],
    ['a document that is a list', [{ name: 'document', body: '[]' }, archive()], 'invalid_input'],
    ['another field', [{ name: 'odd', body: '{}' }, archive()], 'invalid_input'],
    ['two archives', [document(), archive(), archive()], 'bad_form'],
  ])('is refused with %s, and nothing is made', async (_what, parts, code) => {
    const response = await post(parts);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code });
    expect(inputOf(createDistribution.subject)).toBeUndefined();
  });

  it('is refused with what the service says of the archive', async () => {
    handle = (request, response) =>
      void buffer(request).then(() => {
        const wire = unprocessable('bad_archive', 'It leaves the tree.', { entry: '../x' }).toWire();
        response.writeHead(422).end(JSON.stringify(wire));
      });
    const response = await post([document(), archive()]);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'bad_archive', entry: '../x' });
    expect(inputOf(createDistribution.subject)).toBeUndefined();
  });

  it('is given up on both sides when the client goes', async () => {
    let broken = false;
    handle = (request: IncomingMessage) => void request.on('error', () => (broken = true)).resume();
    const headers = {
      authorization: gateway.token(),
      'content-type': 'multipart/form-data; boundary=b',
      'transfer-encoding': 'chunked',
    };
    const request = http.request(`${gateway.url}/cdn/distributions`, { method: 'POST', headers });
    request.on('error', () => undefined);
    const field = `--b\r\nContent-Disposition: form-data; name="document"\r\n\r\n${JSON.stringify(DOCUMENT)}\r\n`;
    const file = '--b\r\nContent-Disposition: form-data; name="c"; filename="c.tar"\r\n\r\n';
    request.write(`${field}${file}${'x'.repeat(100_000)}`);
    await eventually(() => gateway.services.calls.length > 0);
    request.destroy();
    await eventually(() => broken);
  });

  it('needs a session, and no other route takes a form', async () => {
    expect((await post([document(), archive()], '/cdn/distributions', 'nobody')).status).toBe(401);
    expect((await post([document(), archive()], '/iaas/vpcs')).status).toBe(415);
    const strange = { method: 'POST', token: gateway.token(), headers: { 'Content-Type': 'text/plain' } };
    const refused = await gateway.ask('/cdn/distributions', { ...strange, body: '{}' });
    expect(await refused.json()).toMatchObject({
      status: 415,
      detail: 'Send the body as application/json or multipart/form-data.',
    });
    expect(gateway.services.calls).toEqual([]);
  });
});
