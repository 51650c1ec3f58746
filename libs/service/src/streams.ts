/** Request bodies that are streamed: they have no limit of bytes, and as much time as they need. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export const STREAM_TYPE = 'application/octet-stream';
/** For Nest's `RouteConfig`: the route takes its body from `request.raw`. */
export const STREAMED = { streamed: true } as const;

/** Whether the request's route was declared {@link STREAMED}. */
export const isStreamed = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { streamed?: boolean } | undefined)?.streamed === true;

/** Lets bodies of {@link STREAM_TYPE} pass unread. */
export function acceptStreams(fastify: FastifyInstance): void {
  if (fastify.hasContentTypeParser(STREAM_TYPE)) return;
  fastify.addContentTypeParser(STREAM_TYPE, (_request, _payload, done) => done(null));
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
