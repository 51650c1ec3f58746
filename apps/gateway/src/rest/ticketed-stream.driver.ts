/** Bytes on their way to a service, past the bus: never more of them in memory than a socket's buffers. */
import http, { type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { isWireError, NuboError, unavailable } from '@nubo/contracts';
import type { FastifyRequest } from 'fastify';

const CONNECT_MS = 10_000;

/** What admits one stream, once, to one replica of a service. */
export interface Ticket {
  url: string;
  ticket: string;
}

export interface Passing {
  /** What is passed on: the body, or a part of it. */
  source: Readable;
  /** Bytes, where they are known. */
  length?: string;
  /** For the answer, from the last byte on. */
  answerMs: number;
  /** Tells a person what broke off, and what to do then. */
  broken: string;
}

/** The service's answer. Throws what the service says, `unavailable` when it breaks off or is silent. */
export async function passOn(
  { raw, id }: FastifyRequest,
  { url, ticket }: Ticket,
  { source, length, answerMs, broken }: Passing,
): Promise<object> {
  const upstream = http.request(url, {
    method: 'PUT',
    agent: false,
    headers: {
      'Content-Type': 'application/octet-stream',
      'X-Request-Id': id,
      Authorization: `Ticket ${ticket}`,
      ...(length && { 'Content-Length': length }),
    },
  });
  const leave = (): void => void upstream.destroy(new TypeError('the client has gone'));
  const silent = (): void => void upstream.destroy(new TypeError('no answer'));
  let limit: NodeJS.Timeout | undefined;
  const sent = (): void => void (limit = setTimeout(silent, answerMs));
  raw.once('aborted', leave);
  source.once('end', sent);
  try {
    const answer = answerOf(upstream, broken);
    source.pipe(upstream);
    return await viewOf(await answer, broken);
  } finally {
    clearTimeout(limit);
    raw.off('aborted', leave);
    source.off('end', sent).unpipe(upstream);
    upstream.destroy();
  }
}

/** The answer may come before all was sent: a refusal. */
function answerOf(upstream: http.ClientRequest, broken: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => upstream.destroy(new TypeError('no connection')), CONNECT_MS);
    upstream.once('socket', (socket) => socket.once('connect', () => clearTimeout(timer)));
    upstream.once('response', resolve).on('error', (cause) => reject(brokenOff(broken, cause)));
    upstream.once('close', () => clearTimeout(timer));
  });
}

async function viewOf(answer: IncomingMessage, broken: string): Promise<object> {
  const body = await json(answer).catch((cause: Error) => {
    if (!answer.complete) throw brokenOff(broken, cause);
  });
  if (answer.statusCode === 200) return body as object;
  if (isWireError(body)) throw NuboError.fromWire(body);
  throw unavailable('upload_broken', `The service answered ${answer.statusCode}.`);
}

const brokenOff = (message: string, cause: Error): NuboError =>
  new NuboError('unavailable', 'upload_broken', message, { cause });
