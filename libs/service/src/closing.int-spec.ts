import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { httpAdapter } from './http-adapter';

const HELD_MS = 300;

it('a service that is stopped waits for its answers, not for clients that keep their connections', async () => {
  const fastify = httpAdapter().getInstance<FastifyInstance>();
  let begun: () => void = () => undefined;
  const begins = new Promise<void>((resolve) => (begun = resolve));
  fastify.get('/held', async () => {
    begun();
    await pause(HELD_MS);
    return { ok: true };
  });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  const { port } = fastify.server.address() as AddressInfo;
  const agent = new http.Agent({ keepAlive: true });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    http.get({ port, path: '/held', agent }, resolve).once('error', reject);
  });
  await begins;
  const closed = fastify.close();
  expect((await answer).resume().statusCode).toBe(200);
  expect(await Promise.race([closed.then(() => 'closed'), pause(10_000, 'open')])).toBe('closed');
  agent.destroy();
}, 30_000);
