import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NuboError, serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { DownloadRefused } from '@nubo/download';
import type { EntityManager } from 'typeorm';
import { CdnContent, CdnRelease, Distribution } from '../../../../libs/entities/src/cdn';
import type { StoredContent } from '../contents/contents.service';
import { changed } from '../distributions/distributions.store';
import { RELEASE } from './releases.store';
import { Sources } from './sources.service';

/** Serves a release once its content is here. */
@Injectable()
export class ReleaseReconciler implements Reconciler, OnModuleInit {
  readonly kind = RELEASE;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly sources: Sources,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const release = await this.intentions.read((em) => em.findOneBy(CdnRelease, { id }));
    if (!release) return gone();
    if (release.state !== 'waiting') return settled();
    try {
      const content = await this.sources.fetch(release, run);
      if (content) await run.step('serve the release', () => this.ready(release, content));
    } catch (error) {
      if (!isFinal(error)) throw error;
      await this.fail(release, error.message);
    }
    return settled();
  }

  /** A project that is away comes back: what is wanted of it is taken then. */
  async expired(id: string, reason: string): Promise<void> {
    const release = await this.intentions.read((em) => em.findOneBy(CdnRelease, { id, state: 'waiting' }));
    if (!release) return;
    if (release.projectRelease === null) return this.fail(release, reason);
    await this.intentions.read((em) => em.update(CdnRelease, { id }, { stateReason: reason }));
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
