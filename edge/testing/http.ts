/** HTTP as it is written: nothing of the path is decoded, no connection is shared, no redirect followed. */
import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
}

class HttpAnswer implements Answer {
  constructor(
    readonly status: number,
    readonly headers: Answer['headers'],
    readonly bytes: Buffer,
  ) {}

  get text(): string {
    return this.bytes.toString('utf8');
  }
}

export interface Question {
  readonly host: string;
  readonly port?: number;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly timeoutMs?: number;
}

export function ask({ body, timeoutMs = 30_000, headers = {}, ...rest }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({ ...rest, headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve(new HttpAnswer(response.statusCode ?? 0, response.headers as Answer['headers'], bytes));
      });
    });
    sent.once('error', reject);
    if (body !== undefined) sent.setHeader('content-length', Buffer.byteLength(body));
    sent.end(body);
  });
}
