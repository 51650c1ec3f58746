import {
  attributesAnswer,
  dataAnswer,
  fileSystemAnswer,
  handleAnswer,
  limitsAnswer,
  namesAnswer,
  statusAnswer,
  versionAnswer,
} from '../protocol/answers';
import { MAX_DATA, OPEN, REQUEST, STATUS } from '../protocol/codes';
import { Fields } from '../protocol/fields';
import { longName } from '../protocol/long-name.rules';
import { pathOf, textOf } from '../trees/names.rules';
import { failure, type Refusal, refusalOf, unsupported } from '../trees/refusal';
import type { OpenWish, Tree } from '../trees/tree';
import { Handles } from './handles';

/** What others want to know of a session. */
export interface Watcher {
  /** Something below /site has changed; `whole` is the path of a file that has come to be there. */
  touched(whole?: string): void;
  /** How many files the client has open for writing. */
  writers(count: number): void;
  /** What a person must hear, once. */
  aloud(message: string): void;
  /** An error that is nobody's wish. */
  broke(error: unknown): void;
}

type Work = (fields: Fields, request: number) => Promise<Buffer>;

/** The requests of one channel, one after the other. */
export class SftpSession {
  private readonly handles = new Handles();

  constructor(
    private readonly tree: Tree,
    private readonly watcher: Watcher,
  ) {}

  /** The answer to one packet. Throws a `ProtocolError` for what is none. */
  async answer(packet: Buffer): Promise<Buffer> {
    const fields = new Fields(packet);
    const type = fields.byte();
    const request = fields.uint32();
    if (type === REQUEST.init) return versionAnswer();
    const work = this.works[type];
    try {
      if (!work) throw unsupported('this server does not know this request');
      return await work(fields, request);
    } catch (error) {
      const { status, message } = this.refused(error);
      return statusAnswer(request, status, message);
    }
  }

  /** Closes what the client left open: files that it was writing stay marked as unfinished. */
  async end(): Promise<void> {
    for (const held of this.handles.takeAll()) {
      const closed = held.kind === 'file' ? held.file.close(false) : held.listing.close();
      await closed.catch((error: unknown) => this.watcher.broke(error));
    }
    this.watcher.writers(0);
  }

  private refused(error: unknown): Refusal {
    const refusal = refusalOf(error);
    if (!refusal) {
      this.watcher.broke(error);
      return failure('something went wrong here: try again');
    }
    if (refusal.aloud) this.watcher.aloud(refusal.message);
    return refusal;
  }

  private readonly works: Readonly<Record<number, Work | undefined>> = {
    [REQUEST.open]: (fields, request) => this.open(fields, request),
    [REQUEST.close]: (fields, request) => this.close(fields, request),
    [REQUEST.read]: (fields, request) => this.read(fields, request),
    [REQUEST.write]: (fields, request) => this.write(fields, request),
    [REQUEST.lstat]: (fields, request) => this.stat(fields, request),
    [REQUEST.stat]: (fields, request) => this.stat(fields, request),
    [REQUEST.fstat]: async (fields, request) =>
      attributesAnswer(request, await this.handles.file(fields.bytes()).file.stat()),
    [REQUEST.setstat]: (fields, request) => this.set(fields, request),
    [REQUEST.fsetstat]: async (fields, request) => {
      const { file } = this.handles.file(fields.bytes());
      return this.changing(request, file.set(fields.attributes()));
    },
    [REQUEST.opendir]: async (fields, request) => {
      this.handles.reserve();
      const listing = await this.tree.list(pathOf(fields.bytes()));
      return handleAnswer(request, this.handles.add({ kind: 'listing', listing }));
    },
    [REQUEST.readdir]: (fields, request) => this.readdir(fields, request),
    [REQUEST.remove]: (fields, request) => this.changing(request, this.tree.remove(pathOf(fields.bytes()))),
    [REQUEST.mkdir]: async (fields, request) => {
      const path = pathOf(fields.bytes());
      return this.changing(request, this.tree.makeFolder(path, fields.attributes().mode));
    },
    [REQUEST.rmdir]: (fields, request) =>
      this.changing(request, this.tree.removeFolder(pathOf(fields.bytes()))),
    [REQUEST.realpath]: async (fields, request) => {
      const name = textOf(pathOf(fields.bytes()));
      return namesAnswer(request, [{ name, long: name }]);
    },
    [REQUEST.rename]: (fields, request) => this.rename(fields, request, false),
    [REQUEST.extended]: (fields, request) => this.extended(fields, request),
  };

  private async open(fields: Fields, request: number): Promise<Buffer> {
    const path = pathOf(fields.bytes());
    const wish = wishOf(fields.uint32(), fields.attributes().mode);
    this.handles.reserve();
    const file = await this.tree.open(path, wish);
    const text = textOf(path);
    const handle = this.handles.add({ kind: 'file', file, writes: wish.write, text });
    if (wish.write) this.watcher.writers(this.handles.writers);
    return handleAnswer(request, handle);
  }

  private async close(fields: Fields, request: number): Promise<Buffer> {
    const held = this.handles.take(fields.bytes());
    if (held.kind === 'listing') await held.listing.close();
    else await held.file.close(true);
    if (held.kind === 'file' && held.writes) {
      this.watcher.touched(held.text);
      this.watcher.writers(this.handles.writers);
    }
    return done(request);
  }

  private async read(fields: Fields, request: number): Promise<Buffer> {
    const { file } = this.handles.file(fields.bytes());
    const at = fields.uint64();
    const answer = await dataAnswer(request, Math.min(fields.uint32(), MAX_DATA), (into) =>
      file.read(into, at),
    );
    return answer ?? statusAnswer(request, STATUS.eof, 'end of file');
  }

  private async write(fields: Fields, request: number): Promise<Buffer> {
    const { file } = this.handles.file(fields.bytes());
    const at = fields.uint64();
    await file.write(fields.bytes(), at);
    return done(request);
  }

  private async stat(fields: Fields, request: number): Promise<Buffer> {
    return attributesAnswer(request, await this.tree.stat(pathOf(fields.bytes())));
  }

  private async set(fields: Fields, request: number): Promise<Buffer> {
    const path = pathOf(fields.bytes());
    return this.changing(request, this.tree.set(path, fields.attributes()));
  }

  private async readdir(fields: Fields, request: number): Promise<Buffer> {
    const entries = await this.handles.listing(fields.bytes()).next();
    if (entries.length === 0) return statusAnswer(request, STATUS.eof, 'end of the folder');
    const now = Date.now() / 1000;
    return namesAnswer(
      request,
      entries.map(({ name, attributes }) => ({ name, attributes, long: longName(name, attributes, now) })),
    );
  }

  private async rename(fields: Fields, request: number, over: boolean): Promise<Buffer> {
    const [from, to] = [pathOf(fields.bytes()), pathOf(fields.bytes())];
    return this.changing(request, this.tree.rename(from, to, over), textOf(to));
  }

  private async extended(fields: Fields, request: number): Promise<Buffer> {
    const name = fields.bytes().toString('latin1');
    switch (name) {
      case 'posix-rename@openssh.com':
        return this.rename(fields, request, true);
      case 'lsetstat@openssh.com':
        return this.set(fields, request);
      case 'fsync@openssh.com':
        await this.handles.file(fields.bytes()).file.sync();
        return done(request);
      case 'statvfs@openssh.com':
      case 'fstatvfs@openssh.com':
        return fileSystemAnswer(request, await this.tree.fileSystem());
      case 'limits@openssh.com':
        return limitsAnswer(request);
      default:
        throw unsupported('this server does not know this request');
    }
  }

  private async changing(request: number, work: Promise<void>, whole?: string): Promise<Buffer> {
    await work;
    this.watcher.touched(whole);
    return done(request);
  }
}

const done = (request: number): Buffer => statusAnswer(request, STATUS.ok, '');

function wishOf(flags: number, mode?: number): OpenWish {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const append = has(OPEN.append);
  return {
    read: has(OPEN.read),
    write: has(OPEN.write) || append,
    append,
    create: has(OPEN.create),
    truncate: has(OPEN.truncate),
    exclusive: has(OPEN.exclusive),
    mode,
  };
}
