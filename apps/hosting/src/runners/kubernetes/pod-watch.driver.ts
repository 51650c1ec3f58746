import { Injectable } from '@nestjs/common';
import type { V1Pod } from '@kubernetes/client-node';
import { log } from '@nubo/observability';
import { Cluster, type PodInformer } from './cluster.driver';
import { namespaceOf, PROJECT_LABEL, REVISION_LABEL } from './names.rules';
import { standingOf } from './status.rules';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** The pods of this platform as the cluster tells of them: a list, then what changes; after an error a list again. */
@Injectable()
export class PodWatch {
  private informer?: PodInformer;
  private timer?: NodeJS.Timeout;
  private isCurrent = false;
  private isStopped = true;
  private pauseMs = FIRST_PAUSE_MS;
  private changed: (projectId: string) => void = () => undefined;

  constructor(private readonly cluster: Cluster) {}

  /** `changed` hears of a project whose pods stand otherwise than before. */
  start(changed: (projectId: string) => void): void {
    this.changed = changed;
    this.isStopped = false;
    void this.watch();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.end();
  }

  /** The pods of a revision; undefined while nobody tells of them, so that they must be asked for. */
  podsOf(projectId: string, revisionId: string): V1Pod[] | undefined {
    if (!this.isCurrent || !this.informer) return undefined;
    const all = this.informer.list(namespaceOf(projectId));
    return all.filter(({ metadata }) => metadata?.labels?.[REVISION_LABEL] === revisionId);
  }

  private async watch(): Promise<void> {
    try {
      const informer = await this.cluster.pods();
      this.informer = informer;
      const known = new Map<string, string>();
      const look = (pod: V1Pod, isGone = false): void => this.look(known, pod, isGone);
      informer.on('add', (pod) => look(pod));
      informer.on('update', (pod) => look(pod));
      informer.on('delete', (pod) => look(pod, true));
      informer.on('error', (error: unknown) => this.again(informer, error));
      await informer.start();
      if (this.informer !== informer) return;
      this.isCurrent = true;
      this.pauseMs = FIRST_PAUSE_MS;
      if (this.isStopped) await this.end();
    } catch (error) {
      this.again(this.informer, error);
    }
  }

  /** Another one begins with a list; this one ends. */
  private again(informer: PodInformer | undefined, error: unknown): void {
    if (this.isStopped || this.informer !== informer) return;
    log.info({ err: error, pauseMs: this.pauseMs }, 'the cluster does not tell of its pods; asked again');
    void this.end();
    this.timer = setTimeout(() => void this.watch(), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  private async end(): Promise<void> {
    const { informer } = this;
    this.informer = undefined;
    this.isCurrent = false;
    await informer?.stop();
  }

  private look(known: Map<string, string>, pod: V1Pod, isGone: boolean): void {
    const { uid = '', labels = {} } = pod.metadata ?? {};
    const now = isGone ? 'gone' : JSON.stringify(standingOf(pod));
    const before = known.get(uid);
    if (isGone) known.delete(uid);
    else known.set(uid, now);
    const projectId = labels[PROJECT_LABEL];
    if (projectId && before !== now) this.changed(projectId);
  }
}
