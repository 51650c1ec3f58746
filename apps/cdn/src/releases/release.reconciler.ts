import { randomUUID } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NuboError, serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { Download, DownloadRefused } from '@nubo/download';
import type { EntityManager } from 'typeorm';
import { CdnContent, CdnRelease, Distribution } from '../../../../libs/entities/src/cdn';
import { ContentStore } from '../contents/content-store.driver';
import { ContentsService, type StoredContent } from '../contents/contents.service';
import { changed } from '../distributions/distributions.store';
import { RELEASE } from './releases.store';

const FETCH_MS = 540_000;
const UNPACK_MS = 300_000;

/** Fetches the content of a release that names where it is. */
@Injectable()
export class ReleaseReconciler implements Reconciler, OnModuleInit {
  readonly kind = RELEASE;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly contents: ContentsService,
    private readonly store: ContentStore,
    private readonly download: Download,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const release = await this.intentions.read((em) => em.findOneBy(CdnRelease, { id }));
    if (!release) return gone();
    if (release.state !== 'waiting' || !release.srcdata) return settled();
    const path = await this.store.temporary();
    try {
      await run.step(
        'fetch the content',
        (signal) => this.fetch(release.srcdata ?? '', path, signal),
        FETCH_MS,
      );
      const content = await run.step('unpack the content', () => this.contents.unpack(path), UNPACK_MS);
      await run.step('serve the release', () => this.ready(release, content));
    } catch (error) {
      if (!isFinal(error)) throw error;
      await this.fail(release, error.message);
    } finally {
      await this.store.discard(path);
    }
    return settled();
  }

  async expired(id: string, reason: string): Promise<void> {
    const release = await this.intentions.read((em) => em.findOneBy(CdnRelease, { id, state: 'waiting' }));
    if (release) await this.fail(release, reason);
  }

  private async fetch(srcdata: string, path: string, signal: AbortSignal): Promise<void> {
    if (srcdata.startsWith('/')) return copyFile(srcdata, path);
    await this.download.fetch(srcdata, path, { sha256: null, signal, onProgress: async () => undefined });
  }

  /** A release that came later and was quicker stays the one that is served. */
  private async ready(release: CdnRelease, content: StoredContent): Promise<void> {
    await this.change(release, async (em, row) => {
      const contentId = randomUUID();
      const { userId, tenantId } = row;
      const { bytes, ...stored } = content;
      const whole = { ...stored, bytes: String(bytes), ticket: null, expiresAt: new Date() };
      await em.insert(CdnContent, { id: contentId, userId, tenantId, ...whole });
      await em.update(CdnRelease, { id: release.id }, { state: 'ready', contentId, stateReason: null });
      row.release = Math.max(row.release ?? 0, release.number);
    });
  }

  private async fail(release: CdnRelease, stateReason: string): Promise<void> {
    await this.change(release, async (em) => {
      await em.update(CdnRelease, { id: release.id }, { state: 'error', stateReason });
    });
  }

  private async change(
    { distributionId }: CdnRelease,
    work: (em: EntityManager, row: Distribution) => Promise<void>,
  ): Promise<void> {
    await this.intentions.apply(serviceContext('cdn', `release-${distributionId}`), async ({ em }) => {
      const where = { id: distributionId };
      const row = await em.findOne(Distribution, { where, lock: { mode: 'pessimistic_write' } });
      if (!row) return;
      await work(em, row);
      if (row.state === 'deleting') return;
      await changed(em, row);
    });
  }
}

/** Trying again gives the same. */
const isFinal = (error: unknown): error is Error =>
  error instanceof DownloadRefused || (error instanceof NuboError && error.kind === 'unprocessable');
