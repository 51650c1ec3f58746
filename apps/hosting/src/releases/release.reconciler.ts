import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NuboError, serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Project, ProjectRelease } from '../../../../libs/entities/src/hosting';
import { Sites } from '../sites/sites.driver';
import { RELEASE, serveRelease } from './releases.store';
import { Stocktaking } from './stock.driver';
import { bytesOf, digestOf, manifestText, type StockedFile } from './tree.rules';

const STOCK_MS = 240_000;
const LAY_OUT_MS = 120_000;

interface Content {
  files: StockedFile[];
  manifest: string;
  unfinished: number;
}

/** Makes a release of what is uploaded. It is served once all of it is laid out. */
@Injectable()
export class ReleaseReconciler implements Reconciler, OnModuleInit {
  readonly kind = RELEASE;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly stock: Stocktaking,
    private readonly sites: Sites,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const [release, project] = await this.load(id);
    if (!release || !project) return gone();
    if (release.state !== 'waiting' || project.state === 'deleting') return settled();
    try {
      await run.step('take the wish away', () => this.stock.removeDeployFile(project.id));
      const content = await run.step('take stock', (signal) => this.content(project, signal), STOCK_MS);
      if (release.publishedBy !== 'request' && (await this.isServed(project, content))) {
        await run.step('forget what changes nothing', () => this.forget(id));
        return gone();
      }
      const { number } = release;
      const layOut = () => this.sites.layOut(project.id, number, content.files);
      await run.step('lay it out', layOut, LAY_OUT_MS);
      await run.step('serve it', () => this.ready(release, content));
    } catch (error) {
      if (!(error instanceof NuboError) || !FINAL.includes(error.kind)) throw error;
      await this.fail(id, error.message);
    }
    return settled();
  }

  expired(id: string, reason: string): Promise<void> {
    return this.fail(id, reason);
  }

  private load(id: string): Promise<[ProjectRelease?, Project?]> {
    return this.intentions.read(async (em) => {
      const release = await em.findOneBy(ProjectRelease, { id });
      const project = release && (await em.findOneBy(Project, { id: release.projectId }));
      return [release ?? undefined, project ?? undefined];
    });
  }

  /** A file whose upload has not finished is as it was in the release that is served, if it was there. */
  private async content({ id, release }: Project, signal: AbortSignal): Promise<Content> {
    const { files, unfinished } = await this.stock.take(id, signal);
    const before = new Map((await this.sites.files(id, release)).map((file) => [file.path, file]));
    const whole = [...files, ...unfinished.flatMap((path) => before.get(path) ?? [])];
    return { files: whole, manifest: digestOf(manifestText(whole)), unfinished: unfinished.length };
  }

  private isServed({ id: projectId, release }: Project, { manifest }: Content): Promise<boolean> {
    if (release === null) return Promise.resolve(false);
    return this.intentions.read((em) =>
      em.existsBy(ProjectRelease, { projectId, number: release, manifest }),
    );
  }

  /** A release that came later and was quicker stays the one that is served. */
  private async ready(release: ProjectRelease, { files, manifest, unfinished }: Content): Promise<void> {
    const { id, projectId, number } = release;
    await this.change(projectId, async (em, project) => {
      const what = { manifest, unfinished, files: files.length, bytes: String(bytesOf(files)) };
      await em.update(ProjectRelease, { id }, { state: 'ready', stateReason: null, ...what });
      if (number > (project.release ?? 0)) await serveRelease(em, project, number);
    });
  }

  private async change(
    id: string,
    work: (em: EntityManager, project: Project) => Promise<void>,
  ): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
      const project = await em.findOne(Project, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (project && project.state !== 'deleting') await work(em, project);
    });
  }

  private async fail(id: string, stateReason: string): Promise<void> {
    await this.intentions.read((em) =>
      em.update(ProjectRelease, { id, state: 'waiting' }, { state: 'error', stateReason }),
    );
  }

  private async forget(id: string): Promise<void> {
    await this.intentions.read((em) => em.delete(ProjectRelease, { id }));
  }
}

/** Trying again gives the same. */
const FINAL: readonly string[] = ['unprocessable', 'too_large'];
