/** Request bodies that are streamed: they have no limit of bytes, and as much time as they need. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export const STREAM_TYPE = 'application/octet-stream';
/** For Nest's `RouteConfig`: the route takes its body from `request.raw`. */
export const STREAMED = { streamed: true } as const;

export const FORM_TYPE = 'multipart/form-data';
/** For Nest's `RouteConfig`: the route takes JSON, or a form from `request.raw`. */
export const WITH_FORMS = { forms: true } as const;

interface Configured {
  streamed?: boolean;
  forms?: boolean;
}

const configOf = ({ routeOptions }: FastifyRequest): Configured => (routeOptions.config ?? {}) as Configured;

/** Whether the request's route was declared {@link STREAMED}, or it brings a form to one that takes forms. */
export const isStreamed = (request: FastifyRequest): boolean =>
  configOf(request).streamed === true || isMultipart(request);

/** Whether it brings a form, to a route that was declared {@link WITH_FORMS}. */
export const isMultipart = (request: FastifyRequest): boolean =>
  configOf(request).forms === true &&
  /^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '');

const JSON_TYPE = 'application/json';

/** The media types that the request's route takes bodies in, the usual one first. */
export function bodyTypesOf(request: FastifyRequest): readonly string[] {
  const { streamed, forms } = configOf(request);
  if (streamed) return [STREAM_TYPE];
  return forms ? [JSON_TYPE, FORM_TYPE] : [JSON_TYPE];
}

/** Lets bodies of {@link STREAM_TYPE} and forms pass unread. */
export function acceptStreams(fastify: FastifyInstance): void {
  for (const type of [STREAM_TYPE, FORM_TYPE]) {
    if (fastify.hasContentTypeParser(type)) continue;
    fastify.addContentTypeParser(type, (_request, _payload, done) => done(null));
  }
}

const TIMED_OUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/** How long a client may go on sending what was answered already: so it can read the answer. */
const LINGER_MS = 5_000;

/** Ends a request whose body is not here after `ms`; a streamed one when nothing at all came for that long. */
export function limitReading(ms: number) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { raw } = request;
    const { socket } = raw;
    const streamed = isStreamed(request);
    let seen = socket.bytesRead;
    const timer = setInterval(() => {
      if (streamed && socket.bytesRead > seen) seen = socket.bytesRead;
      else if (reply.raw.headersSent) socket.destroy();
      else socket.end(TIMED_OUT, () => socket.destroy());
    }, ms).unref();
    const stop = (): void => clearInterval(timer);
    raw.once('end', stop).once('close', stop);
    reply.raw.once('finish', () => linger(raw));
    done();
  };
}

function linger(raw: IncomingMessage): void {
  if (raw.complete || raw.readableEnded) return;
  const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref();
  const stop = (): void => clearTimeout(timer);
  raw.once('end', stop).once('close', stop);
}
