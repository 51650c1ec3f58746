import http, { type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import {
  isWireError,
  NuboError,
  openUpload,
  unavailable,
  type ImageView,
  type OpenUpload,
  type UploadTicket,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { FastifyRequest } from 'fastify';
import type { Asked } from '../rest/asked';

const CONNECT_MS = 10_000;
/** For the answer, from the body's last byte on: what is left to do is a flush and a row. */
const ANSWER_MS = 30_000;

/** Passes the content of images on to the service that keeps them: never more of it in memory than a socket's buffers. */
@Injectable()
export class ImageUploads {
  answerMs = ANSWER_MS;

  constructor(private readonly bus: Bus) {}

  /** The image as it is then. Nothing is sent in a dry run, nor where nothing came. */
  async pass({ ctx, request }: Asked, input: OpenUpload): Promise<ImageView> {
    const admitted = await this.bus.call(openUpload, ctx, input);
    return ctx.dryRun || isEmpty(request) ? admitted.image : stream(request, admitted, this.answerMs);
  }
}

const isEmpty = ({ headers }: FastifyRequest): boolean =>
  !headers['transfer-encoding'] && !(Number(headers['content-length']) > 0);

async function stream(
  { raw, id, headers }: FastifyRequest,
  { url, ticket }: UploadTicket,
  answerMs: number,
): Promise<ImageView> {
  const length = headers['content-length'];
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
  raw.once('aborted', leave).once('end', sent);
  try {
    const answer = answerOf(upstream);
    raw.pipe(upstream);
    return await viewOf(await answer);
  } finally {
    clearTimeout(limit);
    raw.off('aborted', leave).off('end', sent).unpipe(upstream);
    upstream.destroy();
  }
}

/** The answer may come before all was sent: a refusal. */
function answerOf(upstream: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const broken = (cause: Error): void => reject(brokenOff(cause));
    const timer = setTimeout(() => upstream.destroy(new TypeError('no connection')), CONNECT_MS);
    upstream.once('socket', (socket) => socket.once('connect', () => clearTimeout(timer)));
    upstream.once('response', resolve).on('error', broken);
    upstream.once('close', () => clearTimeout(timer));
  });
}

async function viewOf(answer: IncomingMessage): Promise<ImageView> {
  const body = await json(answer).catch((cause: Error) => {
    if (!answer.complete) throw brokenOff(cause);
  });
  if (answer.statusCode === 200) return body as ImageView;
  if (isWireError(body)) throw NuboError.fromWire(body);
  throw unavailable('upload_broken', `The compute service answered ${answer.statusCode}.`);
}

const brokenOff = (cause: Error): NuboError => {
  const message = 'The compute service broke the upload off; ask how far it came and go on from there.';
  return new NuboError('unavailable', 'upload_broken', message, { cause });
};
