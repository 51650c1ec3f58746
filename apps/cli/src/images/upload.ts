import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';
import { setTimeout as pause } from 'node:timers/promises';
import type { Schemas } from '../client/views';
import type { Context } from '../context';
import { CliError, failed, interrupted, usage } from '../errors';
import { EXIT } from '../exit-codes';
import { titleOf } from '../nouns/noun';
import { images } from './images.noun';

type Image = Schemas['ImageView'];

const PAUSE_MS = 2_000;
const MAX_FAILURES = 20;
const READ_BYTES = 262_144;

/** A file that becomes an image. */
export interface Source {
  readonly path: string;
  readonly size: number;
}

/** Throws when it is no file that can be read. */
export async function sourceAt(path: string): Promise<Source> {
  const found = await stat(path).catch((cause: Error) => {
    throw failed(`${path} cannot be read (${cause.message}).`, { cause });
  });
  if (!found.isFile()) throw usage(`${path} is no file.`);
  return { path, size: found.size };
}

/** Sends a file as the content of an image, from where it had come to. */
export class Upload {
  private readonly progress;

  constructor(
    private readonly ctx: Context,
    private readonly source: Source,
    private image: Image,
  ) {
    this.progress = ctx.progress();
  }

  /**
   * The image once all has arrived. Where a piece breaks off, it goes on from what the platform has; it gives up when
   * nothing more arrives for long, and at Ctrl-C.
   */
  async run(): Promise<Image> {
    let [offset, failures] = [this.image.received ?? 0, 0];
    try {
      while (this.image.state === 'uploading') {
        const next = await this.piece(offset).catch((error: unknown) => this.after(error, failures));
        failures = next > offset ? 0 : failures + 1;
        offset = next;
      }
    } catch (error) {
      throw this.stopped(error);
    } finally {
      this.progress.end();
    }
    return this.image;
  }

  /** Sends the rest. Answers how much has arrived then. */
  private async piece(offset: number): Promise<number> {
    const { ctx, source } = this;
    const params = { path: { id: this.image.id }, query: { offset } };
    this.image = await ctx.body(
      ctx.api.PUT('/iaas/images/{id}/content', {
        params,
        body: source.path,
        bodySerializer: () => ReadableStream.from(this.bytesFrom(offset)),
        duplex: 'half',
        headers: { 'Content-Type': 'application/octet-stream' },
      }),
    );
    const { state, received } = this.image;
    if (state === 'uploading' && (received ?? 0) <= offset)
      throw failed(`${source.path} has become shorter.`);
    return received ?? source.size;
  }

  private async *bytesFrom(offset: number): AsyncGenerator<Buffer> {
    const { path, size } = this.source;
    let sent = offset;
    this.tell(sent);
    const bytes = createReadStream(path, { start: offset, end: size - 1, highWaterMark: READ_BYTES });
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      yield chunk;
      sent += chunk.length;
      this.tell(sent);
    }
  }

  /** Where to go on after a piece that failed. Throws when that has no sense. */
  private async after(error: unknown, failures: number): Promise<number> {
    const { ctx } = this;
    if (!(error instanceof CliError) || ctx.signal.aborted || failures >= MAX_FAILURES) throw error;
    const { code, received } = error.problem;
    if (code === 'wrong_offset' && received !== undefined) return received;
    if (error.exitCode !== EXIT.unavailable && code !== 'upload_busy') throw error;
    await pause(PAUSE_MS, undefined, { signal: ctx.signal });
    try {
      this.image = await ctx.body(images.get(ctx.api, this.image.id));
    } catch (again) {
      if (!(again instanceof CliError) || again.exitCode !== EXIT.unavailable) throw again;
    }
    return this.image.received ?? 0;
  }

  private tell(sent: number): void {
    const step = this.ctx.runtime.stderr.isTTY ? 1 : 10;
    const percent = Math.floor((100 * sent) / this.source.size / step) * step;
    this.progress.show(`${titleOf(images, this.image)}: uploading ${percent} %`);
  }

  private stopped(error: unknown): unknown {
    const { ctx, image, source } = this;
    const hint = `Go on: nubo image upload ${source.path} ${image.name} --resume`;
    if (ctx.signal.aborted)
      return interrupted(`The upload of ${image.name} stopped; what has arrived stays.`, { hint });
    if (!(error instanceof CliError) || error.exitCode !== EXIT.unavailable) return error;
    return new CliError(error.exitCode, error.problem, { hint, cause: error });
  }
}
