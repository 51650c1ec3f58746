/** Where pods fetch the files of their revision: an archive, for whoever knows the address, which is made with a key of ours. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { log } from '@nubo/observability';
import type { StockedFile } from '../../releases/tree.rules';
import type { Endpoint } from '../runner';
import { END, headerOf, paddingOf } from './archive.rules';

/** What a revision consists of; undefined for one that is not known. */
export type FindContent = (revisionId: string) => Promise<Content | undefined>;

interface Content {
  folder: string;
  files: Pick<StockedFile, 'path'>[];
}

const ADDRESS = /^\/([0-9a-f-]{36})\/([0-9a-f]{64})\/site\.tar$/;

@Injectable()
export class ContentDoor {
  private server?: http.Server;
  private key?: Buffer;

  /** Opens at `place`; the key is in the file `keyFile`, which is made when it is not there. */
  async open(place: Endpoint, keyFile: string, find: FindContent): Promise<void> {
    this.key = await keyIn(keyFile);
    const server = http.createServer((request, response) => {
      this.answer(request, response, find).catch((error: unknown) => {
        log.info({ err: error }, 'a pod did not get its files');
        response.destroy();
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(place.port, place.host, resolve);
    });
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  /** The path of a revision's archive. It is a secret. */
  pathOf(revisionId: string): string {
    return `/${revisionId}/${this.proofOf(revisionId).toString('hex')}/site.tar`;
  }

  private proofOf(revisionId: string): Buffer {
    if (!this.key) throw new TypeError('the door is not open');
    return createHmac('sha256', this.key).update(revisionId).digest();
  }

  private async answer(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    find: FindContent,
  ): Promise<void> {
    const [, id, proof = ''] = ADDRESS.exec(request.url ?? '') ?? [];
    const isKnown = id !== undefined && timingSafeEqual(this.proofOf(id), Buffer.from(proof, 'hex'));
    const content = isKnown && request.method === 'GET' ? await find(id) : undefined;
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/x-tar' });
    await pipeline(archiveOf(content), response);
  }
}

/** `site/…`, and at the end `complete`: an archive that was cut off has none. */
async function* archiveOf({ folder, files }: Content): AsyncGenerator<Buffer> {
  yield headerOf({ path: 'site/', mode: 0o755 });
  for (const { path } of files) {
    const file = await open(join(folder, path));
    try {
      const { size, mtimeMs } = await file.stat();
      yield headerOf({ path: `site/${path}`, size, mtime: Math.floor(mtimeMs / 1_000) });
      for await (const part of file.createReadStream({ autoClose: false })) yield part as Buffer;
      yield paddingOf(size);
    } finally {
      await file.close();
    }
  }
  yield headerOf({ path: 'complete' });
  yield END;
}

/** One of two that make it at the same time wins, and both read it. */
async function keyIn(file: string): Promise<Buffer> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true });
  const known = await readFile(file).catch(() => undefined);
  if (known) return known;
  await writeFile(draft, randomBytes(32), { mode: 0o600 });
  await link(draft, file).catch(() => undefined);
  await rm(draft, { force: true });
  return readFile(file);
}
