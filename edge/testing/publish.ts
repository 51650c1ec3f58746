/** Publishes to instances as the CDN service does. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Instance, type Reply } from './instance';

export type Content = string | Buffer;
/** Content by path. */
export type Tree = Readonly<Record<string, Content>>;

export interface Line {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly encodings?: Readonly<Partial<Record<'gzip' | 'br', { sha256: string; size: number }>>>;
}

export interface Release {
  readonly lines: readonly Line[];
  readonly blobs: ReadonlyMap<string, Buffer>;
}

export const digestOf = (content: Content): string => createHash('sha256').update(content).digest('hex');

/** The release of a tree; files of `packed` get both encodings. */
export function releaseOf(tree: Tree, packed: readonly string[] = []): Release {
  const blobs = new Map<string, Buffer>();
  const keep = (content: Content): { sha256: string; size: number } => {
    const bytes = Buffer.from(content);
    blobs.set(digestOf(bytes), bytes);
    return { sha256: digestOf(bytes), size: bytes.length };
  };
  const lines = Object.entries(tree).map(([path, content]) => ({
    path,
    ...keep(content),
    ...(packed.includes(path) && {
      encodings: { gzip: keep(gzipSync(content)), br: keep(brotliCompressSync(content)) },
    }),
  }));
  return { lines: lines.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))), blobs };
}

export const manifestOf = (lines: readonly Line[]): Buffer =>
  Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** The hash that an instance must come to. */
export const hashOf = (lines: readonly Line[]): string =>
  digestOf(
    lines
      .map(({ path, sha256, size, encodings: { gzip, br } = {} }) =>
        [path, `${sha256} ${size} ${gzip?.sha256 ?? '-'} ${br?.sha256 ?? '-'}`, ''].join('\n'),
      )
      .join(''),
  );

export const framesOf = (blobs: Iterable<readonly [string, Buffer]>): Buffer =>
  Buffer.concat([...blobs].flatMap(([digest, bytes]) => [Buffer.from(`${digest} ${bytes.length}\n`), bytes]));

/** Sends what the instance lacks, and the release; returns how many bytes of content were sent. */
export async function push(instance: Instance, id: string, { lines, blobs }: Release): Promise<number> {
  const { missing } = expectOk(
    await instance.control<{ missing: string[] }>('POST', '/blobs/missing', { digests: [...blobs.keys()] }),
  );
  const frames = framesOf(missing.map((digest) => [digest, blobs.get(digest) ?? Buffer.alloc(0)] as const));
  if (missing.length > 0) expectOk(await instance.control('POST', '/blobs', frames));
  expectOk(await instance.control('PUT', `/releases/${id}`, manifestOf(lines)));
  return frames.length;
}

export async function activate(instance: Instance, release: string): Promise<void> {
  expectOk(await instance.control('POST', '/active', { release }));
}

function expectOk<T>({ status, body }: Reply<T>): T {
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}
