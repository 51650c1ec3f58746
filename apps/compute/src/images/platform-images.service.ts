import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { serviceContext, type ImageKind } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { Database, Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { LRUCache } from 'lru-cache';
import { Not, type EntityManager } from 'typeorm';
import { Image } from '../../../../libs/entities/src/compute';
import { ComputeConfig } from '../compute.config';
import { PLATFORM_USER } from '../instances/image-use.store';
import { ImageStore } from './image-store.driver';
import { CREATE_MS } from './images.service';
import { ImageFiles } from './qemu-img.driver';

const KINDS: Record<string, ImageKind> = { '.tar': 'container', '.qcow2': 'vm' };
const HASH_MS = 600_000;
/** How long a file lies there before it is seen. */
const EVERY_MS = 5_000;
const HASHES = 100;

/** A file that the operator laid down. */
interface Laid {
  name: string;
  kind: ImageKind;
  path: string;
  size: number;
  sha256: string;
}

/** Images that other services make instances from: files in a folder, known by their names. */
@Injectable()
export class PlatformImages implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopped = false;
  private timer?: NodeJS.Timeout;
  private readonly hashes = new LRUCache<string, string>({ max: HASHES });

  constructor(
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly store: ImageStore,
    private readonly files: ImageFiles,
    private readonly config: ComputeConfig,
  ) {}

  onApplicationBootstrap(): void {
    void this.database.ready().then(() => this.keepLooking());
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async keepLooking(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      log.warn({ err: error }, 'platform images were not looked at; tried again soon');
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.keepLooking(), EVERY_MS).unref();
  }

  /** Safe to repeat, also by several at once. A file of another content makes a new image; the old one goes with its last guest. */
  async look(): Promise<void> {
    for (const laid of await this.laid()) {
      const id = idOf(laid);
      if (!(await this.begin(id, laid))) continue;
      log.info({ imageId: id, image: laid.name, kind: laid.kind }, 'takes a platform image');
      await this.store.deliver(id, laid.path);
      await this.finish(id, laid);
    }
  }

  private async laid(): Promise<Laid[]> {
    const folder = this.config.platformImages;
    const names = await readdir(folder).catch(() => []);
    const all = names.map(async (file): Promise<Laid[]> => {
      const { name, ext } = parse(file);
      const kind = KINDS[ext];
      if (!kind) return [];
      const path = join(folder, file);
      const { size, mtimeMs } = await stat(path);
      const sha256 = await this.hashOf(path, `${path} ${size} ${mtimeMs}`);
      return [{ name, kind, path, size, sha256 }];
    });
    return (await Promise.all(all)).flat();
  }

  /** A file of gigabytes is not read again while it is the `same`. */
  private async hashOf(path: string, same: string): Promise<string> {
    const sha256 = this.hashes.get(same) ?? (await this.files.hash(path, AbortSignal.timeout(HASH_MS)));
    this.hashes.set(same, sha256);
    return sha256;
  }

  /** Whether its bytes are still to come. */
  private begin(id: string, { name, kind, size, sha256 }: Laid): Promise<boolean> {
    return this.intentions.apply(context(), async ({ em }) => {
      const there = await em.findOneBy(Image, { id });
      if (there) return there.state === 'uploading';
      const label = { metadata: { platform: name }, public: true };
      const whose = { tenantId: null, userId: PLATFORM_USER };
      const coming = { source: 'upload' as const, state: 'uploading' as const, received: '0' };
      const row = { id, name, kind, sha256, ...whose, ...label, ...coming, uploadSize: String(size) };
      await em.createQueryBuilder().insert().into(Image).values(row).orIgnore().execute();
      return true;
    });
  }

  private async finish(id: string, laid: Laid): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const whole = { state: 'creating' as const, received: String(laid.size), progress: 100 };
      const { affected } = await em.update(Image, { id, state: 'uploading' }, whole);
      if (affected !== 1) return;
      await wake(em, 'image', id, { deadlineMs: CREATE_MS });
      await retire(em, id, laid);
    });
  }
}

const context = () => serviceContext('compute', 'platform-images');

/** The same content has the same id, whoever finds it first. RFC 9562, 5.8: version 8. */
function idOf({ name, kind, sha256 }: Laid): string {
  const hex = createHash('sha256').update(`${name}\n${kind}\n${sha256}`).digest('hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Earlier ones of that name. */
async function retire(em: EntityManager, id: string, { name, kind }: Laid): Promise<void> {
  const mine = { userId: PLATFORM_USER, name, kind, id: Not(id), state: Not('deleting' as const) };
  for (const old of await em.findBy(Image, mine)) {
    await em.update(Image, { id: old.id }, { state: 'deleting', stateReason: null });
    await wake(em, 'image', old.id);
  }
}
