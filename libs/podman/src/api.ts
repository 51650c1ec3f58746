// Podman's REST API (libpod v4, which later ones still speak): paths, statuses, bodies.
import { type IncomingMessage } from 'node:http';
import { PodmanClosed, PodmanError, type PodmanErrorKind } from './errors';
import { exchange, type Ask, type OpenStream } from './http';

const PREFIX = '/v4.0.0/libpod';
const MAX_ANSWER = 16 * 1024 * 1024;
/** 304: it is so already. */
const NOTHING_TO_DO = 304;

/** What went wrong in an answer of 200 or above. */
interface Refusal {
  cause?: string;
  message?: string;
}

export type Query = Readonly<Record<string, string | number | boolean | object | undefined>>;

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Documents, lists and maps become JSON as podman wants its filters. */
export function pathOf(segments: readonly string[], query: Query = {}): string {
  const path = `${PREFIX}/${segments.map(encodeURIComponent).join('/')}`;
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined)
      pairs.set(key, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return pairs.size === 0 ? path : `${path}?${pairs.toString()}`;
}

/** Podman 4.3 answers most refusals with 500: what it says is what tells them apart. */
const KINDS: readonly [RegExp, PodmanErrorKind][] = [
  [/no such (container|image|exec session)|image not known|failed to find image/i, 'not_found'],
  [/is in use by|image used by|has dependent containers|is being used/i, 'in_use'],
  [/is already in use|already exists|state improper|is not running|not running/i, 'conflict'],
  [/invalid argument/i, 'invalid'],
];
const BY_STATUS: Readonly<Record<number, PodmanErrorKind>> = {
  400: 'invalid',
  404: 'not_found',
  409: 'conflict',
};

export function refusalOf({ status, body }: Answer): PodmanError {
  const text = body.toString('utf8');
  let said: Refusal;
  try {
    said = JSON.parse(text) as Refusal;
  } catch {
    said = { message: text.trim() };
  }
  const message = said.message ?? said.cause ?? `status ${status}`;
  const kind = KINDS.find(([words]) => words.test(said.cause ?? '') || words.test(message))?.[1];
  return new PodmanError(kind ?? BY_STATUS[status] ?? 'other', status, message);
}

async function bodyOf(reply: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new PodmanClosed(`podman answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export class PodmanApi {
  constructor(private readonly open: OpenStream) {}

  /** Resolves to the whole answer. Rejects with PodmanError for a refusal, else as `exchange`. */
  async ask(ask: Ask, maxBytes = MAX_ANSWER): Promise<Answer> {
    const answer = await exchange(this.open, ask, async (reply) => ({
      status: reply.statusCode ?? 0,
      headers: reply.headers,
      body: await bodyOf(reply, maxBytes),
    }));
    if (answer.status >= 300 && answer.status !== NOTHING_TO_DO) throw refusalOf(answer);
    return answer;
  }

  /** As `ask`, read as JSON. */
  async json<T>(ask: Ask): Promise<T> {
    return JSON.parse((await this.ask(ask)).body.toString('utf8')) as T;
  }

  /** Hands over the lines of an answer that has no end, until it or the signal ends it. */
  async lines(ask: Ask, started: () => void, line: (text: string) => void): Promise<void> {
    await exchange(this.open, ask, async (reply) => {
      if (reply.statusCode !== 200) {
        const body = await bodyOf(reply, MAX_ANSWER);
        throw refusalOf({ status: reply.statusCode ?? 0, headers: reply.headers, body });
      }
      started();
      let rest = '';
      reply.setEncoding('utf8');
      for await (const chunk of reply as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.filter(Boolean).forEach(line);
      }
    });
  }
}
