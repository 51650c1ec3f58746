/** What happens around every request, whatever route it finds. */
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { log, operationSeconds } from '@nubo/observability';
import { isMultipart, isStreamed } from '@nubo/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf, type GatewayRequest } from './asked';
import { requestIdOf } from './request-id.rules';

const UI_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** Asked every few seconds by machines, or part of the page: not worth a line each. */
const QUIET = /^\/(health|metrics|docs)(\/|$)/;

/** Request ids, security headers, the media type of bodies, one log line and one measurement per request. */
export function addRequestHooks(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.setGenReqId((raw) => requestIdOf(raw.headers['x-request-id']));
  fastify.addHook('onRequest', (request, reply, done) => {
    setHeaders(request, reply);
    done(hasStrangeBody(request) ? new UnsupportedMediaTypeException() : undefined);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    report(request, reply);
    done();
  });
}

function setHeaders({ id, url }: FastifyRequest, reply: FastifyReply): void {
  const isUi = pathOf(url).startsWith('/docs');
  reply.headers({
    'X-Request-Id': id,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': isUi ? UI_POLICY : API_POLICY,
  });
  if (!isUi) reply.header('Cache-Control', 'no-store');
}

const JSON_TEXT = /^application\/json\s*(;|$)/i;
const STREAM = /^application\/octet-stream\s*(;|$)/i;

/** An empty body may call itself anything: many clients always send a Content-Type. */
function hasStrangeBody(request: FastifyRequest): boolean {
  const { headers, is404 } = request;
  const isEmpty = !headers['transfer-encoding'] && !(Number(headers['content-length']) > 0);
  if (isEmpty) delete headers['content-type'];
  if (isEmpty || is404 || isMultipart(request)) return false;
  const wanted = isStreamed(request) ? STREAM : JSON_TEXT;
  return !wanted.test(headers['content-type'] ?? '');
}

function report(request: GatewayRequest, reply: FastifyReply): void {
  const { route, principal } = request.nubo ?? {};
  const path = pathOf(request.url);
  const status = reply.statusCode;
  const line = {
    requestId: request.id,
    tenantId: principal?.tenantId,
    userId: principal?.userId,
    operation: route?.op.subject,
    method: request.method,
    path,
    status,
    ms: Math.round(reply.elapsedTime * 10) / 10,
  };
  if (QUIET.test(path)) log.debug(line, 'request');
  else log.info(line, 'request');
  const labels = { operation: route?.op.subject ?? 'none', result: `${Math.floor(status / 100)}xx` };
  operationSeconds.observe(labels, reply.elapsedTime / 1000);
}
