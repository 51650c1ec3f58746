import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import { ConfigError, list } from '@nubo/config';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { limitReading } from './streams';
import type { TlsKeys } from './tls';

/** Of request bodies, in bytes. */
const BODY_LIMIT = 1_048_576;
/** A request must be here by then, ms: fastify's own default lets a client take for ever. Answers may take longer. */
const REQUEST_MS = 30_000;
/** While a service stops, ms. */
const IDLE_LOOK_MS = 100;

/** Whose X-Forwarded-For is believed. Without it all clients behind a proxy would be one, and share its limits. */
function trustedProxies(): string[] | false {
  const proxies = list('NUBO_TRUSTED_PROXIES');
  for (const proxy of proxies)
    if (!isRange(proxy)) throw new ConfigError(`NUBO_TRUSTED_PROXIES: ${proxy} is no address and no range`);
  return proxies.length > 0 && proxies;
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6];
  return (
    more.length === 0 &&
    bits > 0 &&
    (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits))
  );
}

/**
 * The HTTP side of every service: bodies of at most 1 MiB that are here in time, and problem documents for what finds no route
 * at all. With `tls` it is https.
 */
export function httpAdapter(requestMs = REQUEST_MS, tls?: TlsKeys): FastifyAdapter {
  const limits = { headersTimeout: REQUEST_MS };
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // Node's own limit would end streams, too: limitReading does its work.
    requestTimeout: 0,
    ...(tls ? { https: { ...limits, ...tls } } : { http: limits }),
    trustProxy: trustedProxies(),
    frameworkErrors: refuse,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.addHook('onRequest', limitReading(requestMs));
  fastify.addHook('preClose', (done) => {
    endIdle(fastify.server);
    done();
  });
  return adapter;
}

/** Node 20 ends idle connections once, when its server begins to close; one that is answered later is kept for fastify's 72 s. */
function endIdle(server: Server): void {
  const timer = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
  server.once('close', () => clearInterval(timer));
}

/** Paths that cannot be decoded or are too long: no hook, guard or filter ever sees them. */
function refuse(error: { statusCode?: number }, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  const problem = {
    type: 'urn:nubo:problem:bad_path',
    title: 'The request is not valid',
    status,
    detail: 'The path cannot be decoded or is too long.',
    code: 'bad_path',
    requestId: randomUUID(),
    instance: request.url.replace(/\?.*$/s, '').slice(0, 200),
  };
  void reply.status(status).type('application/problem+json').send(JSON.stringify(problem));
}
