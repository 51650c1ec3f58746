import { copyFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Download } from '@nubo/download';
import { Intentions } from '@nubo/persistence';
import type { Run } from '@nubo/reconcile';
import { DistributionProject, type CdnRelease } from '../../../../libs/entities/src/cdn';
import { ContentStore } from '../contents/content-store.driver';
import { ContentsService, type StoredContent } from '../contents/contents.service';
import { Projects } from '../projects/projects.driver';

const FETCH_MS = 540_000;
const UNPACK_MS = 300_000;

/** Brings the contents of releases here, from where they are. */
@Injectable()
export class Sources {
  constructor(
    private readonly intentions: Intentions,
    private readonly contents: ContentsService,
    private readonly store: ContentStore,
    private readonly download: Download,
    private readonly projects: Projects,
  ) {}

  /** Undefined for a release that names no source. */
  async fetch(release: CdnRelease, run: Run): Promise<StoredContent | undefined> {
    const { srcdata, projectRelease } = release;
    if (srcdata !== null) return this.fetchArchive(srcdata, run);
    if (projectRelease !== null) return this.takeFromProject(release, projectRelease, run);
    return undefined;
  }

  private async fetchArchive(srcdata: string, run: Run): Promise<StoredContent> {
    const path = await this.store.temporary();
    try {
      const fetch = (signal: AbortSignal) => this.copy(srcdata, path, signal);
      await run.step('fetch the content', fetch, FETCH_MS);
      const unpack = (signal: AbortSignal) => this.contents.unpack(path, signal);
      return await run.step('unpack the content', unpack, UNPACK_MS);
    } finally {
      await this.store.discard(path);
    }
  }

  private async copy(srcdata: string, path: string, signal: AbortSignal): Promise<void> {
    if (srcdata.startsWith('/')) return copyFile(srcdata, path);
    await this.download.fetch(srcdata, path, { sha256: null, signal, onProgress: async () => undefined });
  }

  private async takeFromProject(
    { distributionId }: CdnRelease,
    number: number,
    run: Run,
  ): Promise<StoredContent | undefined> {
    const link = await this.intentions.read((em) => em.findOneBy(DistributionProject, { distributionId }));
    if (!link) return undefined;
    const take = (signal: AbortSignal) => this.projects.takeFor(link, number, signal);
    return run.step('take the release of its project', take, FETCH_MS);
  }
}
