import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { httpAdapter } from './http-adapter';
import { acceptStreams, STREAM_TYPE, STREAMED } from './streams';

const LIMIT_MS = 200;

let fastify: FastifyInstance;
beforeAll(async () => {
  fastify = httpAdapter(LIMIT_MS).getInstance<FastifyInstance>();
  acceptStreams(fastify);
  fastify.put('/json', () => ({ ok: true }));
  fastify.put('/held', async () => {
    await pause(3 * LIMIT_MS);
    return { ok: true };
  });
  fastify.put('/stream', { config: STREAMED }, async ({ raw }) => {
    let bytes = 0;
    for await (const chunk of raw as AsyncIterable<Buffer>) bytes += chunk.length;
    return { bytes };
  });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => fastify?.close());

function open(path: string, type: string): http.ClientRequest {
  const { port } = fastify.server.address() as AddressInfo;
  const headers = { 'content-type': type, 'transfer-encoding': 'chunked' };
  return http.request({ port, path, method: 'PUT', headers });
}

const statusOf = (request: http.ClientRequest): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request.once('response', (response: IncomingMessage) => resolve(response.resume().statusCode));
    request.once('error', reject);
  });

/** A byte now and then, for several times the limit. */
async function drip(request: http.ClientRequest): Promise<void> {
  for (let n = 0; n < 12 && !request.destroyed; n += 1) {
    request.write(' ');
    await pause(LIMIT_MS / 3);
  }
  if (!request.destroyed) request.end('{}');
}

it('a body that takes for ever is given up, whatever trickles in', async () => {
  const request = open('/json', 'application/json');
  const status = statusOf(request);
  request.on('error', () => undefined);
  void drip(request);
  expect(await status).toBe(408);
});

it('a stream may take its time as long as something comes', async () => {
  const request = open('/stream', STREAM_TYPE);
  const status = statusOf(request);
  await drip(request);
  expect(await status).toBe(200);
});

it('a stream that stands still is given up', async () => {
  const request = open('/stream', STREAM_TYPE);
  request.write('x');
  expect(await statusOf(request)).toBe(408);
});

it('an answer may take longer than a request', async () => {
  const request = open('/held', 'application/json');
  request.end('{}');
  expect(await statusOf(request)).toBe(200);
});
