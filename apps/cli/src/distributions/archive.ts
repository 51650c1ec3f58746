/** The content of a release as an archive: one of this machine's is sent along, others the platform fetches. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import type { Context } from '../context';
import { failed, interrupted } from '../errors';
import { sourceAt, type Source } from '../images/upload';

const READ_BYTES = 262_144;

/** Either a file that is sent, or where the platform finds it. */
export interface Content {
  readonly source?: Source;
  readonly srcdata?: string;
}

/** Throws when it is neither a URL nor a file that can be read. */
export async function contentAt(text: string, { onServer }: { onServer?: boolean }): Promise<Content> {
  if (onServer || /^https?:\/\//i.test(text)) return { srcdata: text };
  return { source: await sourceAt(text) };
}

interface Form {
  readonly source: Source;
  readonly document: object;
}

/** Options of a request that take the place of its JSON body. */
export interface FormRequest {
  bodySerializer(): ReadableStream<Buffer>;
  duplex: 'half';
  headers: Record<string, string>;
}

/** Sends a document and a file as multipart/form-data (RFC 7578), saying on stderr how far it is. */
export async function sendForm<T>(
  ctx: Context,
  { source, document }: Form,
  send: (request: FormRequest) => Promise<T>,
): Promise<T> {
  const boundary = `nubo-${randomUUID()}`;
  const progress = ctx.progress();
  const step = ctx.runtime.stderr.isTTY ? 1 : 10;
  const tell = (sent: number): void => {
    const percent = Math.floor((100 * sent) / Math.max(source.size, 1) / step) * step;
    progress.show(`${basename(source.path)}: uploading ${percent} %`);
  };
  try {
    return await send({
      bodySerializer: () => ReadableStream.from(formOf({ source, document }, boundary, tell)),
      duplex: 'half',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    });
  } catch (error) {
    if (!ctx.signal.aborted) throw error;
    throw interrupted('The upload stopped; nothing was published.');
  } finally {
    progress.end();
  }
}

async function* formOf(
  { source, document }: Form,
  boundary: string,
  tell: (sent: number) => void,
): AsyncGenerator<Buffer> {
  const { path, size } = source;
  yield part(boundary, 'name="document"', 'application/json', JSON.stringify(document));
  const name = `name="archive"; filename="${spelt(basename(path))}"`;
  yield part(boundary, name, 'application/octet-stream', '');
  let sent = 0;
  tell(sent);
  const bytes = createReadStream(path, { end: Math.max(size - 1, 0), highWaterMark: READ_BYTES });
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    yield chunk;
    sent += chunk.length;
    tell(sent);
  }
  if (sent < size) throw failed(`${path} has become shorter.`);
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

const part = (boundary: string, name: string, type: string, body: string): Buffer =>
  Buffer.from(
    `${body === '' ? '\r\n' : ''}--${boundary}\r\nContent-Disposition: form-data; ${name}\r\nContent-Type: ${type}\r\n\r\n${body}`,
  );

/** As browsers write a file's name. */
const spelt = (name: string): string =>
  name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
