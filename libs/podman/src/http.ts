// One HTTP/1.1 exchange over a stream of its own.
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { PodmanClosed, PodmanTimeout } from './errors';

export interface Ask {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the version of the API, query included. */
  path: string;
  /** A stream is a tar archive, everything else becomes JSON. */
  body?: object;
  /** Whole exchange, ms; 0 = for ever. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Opens a stream to podman's socket. It belongs to who asked for it, and to nobody once `signal` has fired. */
export type OpenStream = (signal: AbortSignal) => Promise<Duplex>;

const headersOf = (body: object | undefined): Record<string, string> => ({
  Host: 'podman',
  ...(body ? { 'Content-Type': body instanceof Readable ? 'application/x-tar' : 'application/json' } : {}),
});

/** A signal that fires when an ask's time is up or its caller gives up, with the error to reject with as its reason. */
class Limit {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(private readonly ask: Ask) {
    const { method, path, timeoutMs, signal } = ask;
    const late = (): void => this.controller.abort(new PodmanTimeout(`${method} ${path}`, timeoutMs));
    if (timeoutMs > 0) this.timer = setTimeout(late, timeoutMs);
    signal?.addEventListener('abort', this.giveUp);
    if (signal?.aborted) this.giveUp();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.ask.signal?.removeEventListener('abort', this.giveUp);
  }

  private readonly giveUp = (): void => this.controller.abort(this.ask.signal?.reason);
}

/** Rejects with the body's own error when the body cannot be read. */
function feed(outgoing: ClientRequest, body: object | undefined): void {
  if (!(body instanceof Readable)) {
    outgoing.end(body && JSON.stringify(body));
    return;
  }
  body.once('error', (error) => outgoing.destroy(error));
  body.pipe(outgoing);
}

async function converse<T>(
  stream: Duplex,
  ask: Ask,
  read: (reply: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { method, path, body } = ask;
  const outgoing = request({ method, path, headers: headersOf(body), createConnection: () => stream });
  const replied = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  // Podman may refuse an archive before it has read all of it: that it reads no more is no news then.
  outgoing.on('error', () => undefined);
  feed(outgoing, body);
  const [reply] = await replied;
  return read(reply);
}

/**
 * Asks, and resolves to what `read` makes of the reply. Rejects with what `open`, `read` or the body rejects with, with
 * PodmanTimeout, PodmanClosed or the reason of the ask's signal. The stream is gone when this settles, the body is too.
 */
export async function exchange<T>(
  open: OpenStream,
  ask: Ask,
  read: (reply: IncomingMessage) => Promise<T>,
): Promise<T> {
  const limit = new Limit(ask);
  try {
    limit.signal.throwIfAborted();
    const stream = await open(limit.signal);
    const cut = (): void => void stream.destroy(limit.signal.reason as Error);
    limit.signal.addEventListener('abort', cut);
    try {
      if (limit.signal.aborted) cut();
      return await converse(stream, ask, read);
    } finally {
      limit.signal.removeEventListener('abort', cut);
      stream.on('error', () => undefined).destroy();
    }
  } catch (error) {
    if (limit.signal.aborted) throw limit.signal.reason;
    throw closedOr(error as Error, ask);
  } finally {
    limit.clear();
    if (ask.body instanceof Readable) ask.body.destroy();
  }
}

/** What Node says when a connection ends before its time, or what came is no HTTP. */
const BROKEN = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED|HPE_)/;

function closedOr(error: Error & { code?: string }, { method, path }: Ask): Error {
  if (!BROKEN.test(error.code ?? '')) return error;
  return new PodmanClosed(`the connection ended during ${method} ${path}: ${error.message}`, {
    cause: error,
  });
}
