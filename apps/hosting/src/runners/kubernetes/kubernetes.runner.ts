import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { Run } from '@nubo/reconcile';
import { LRUCache } from 'lru-cache';
import {
  Runner,
  type Endpoint,
  type Revision,
  type RevisionStatus,
  type RunProject,
  type Way,
} from '../runner';
import { boundsFor, namespaceFor } from './bounds.rules';
import { Cluster } from './cluster.driver';
import { ContentDoor } from './content-door.driver';
import { KubernetesConfig } from './kubernetes.config';
import { contentName, namespaceOf, REVISION_LABEL, runName } from './names.rules';
import { deploymentFor, secretsFor, wayFor } from './objects.rules';
import { logsOf, outputOf } from './output.rules';
import { PlatformIdentity } from './platform.service';
import { PodWatch } from './pod-watch.driver';
import { statusOf } from './status.rules';

/** What was applied is applied again after so long: somebody may have changed or removed it. */
const APPLY_AGAIN_MS = 5_000;
const POD = ['v1', 'Pod'] as [string, string];

interface Applied {
  digest: string;
  made: V1Deployment;
}

/** Runs programs as Deployments in a cluster: a namespace for each project, all of it named by ids. */
@Injectable()
export class KubernetesRunner extends Runner {
  /** What was applied last, by revision. */
  private readonly applied = new LRUCache<string, Applied>({ max: 5_000, ttl: APPLY_AGAIN_MS });

  constructor(
    private readonly config: KubernetesConfig,
    private readonly cluster: Cluster,
    private readonly watch: PodWatch,
    private readonly door: ContentDoor,
    private readonly platform: PlatformIdentity,
  ) {
    super();
  }

  async ensure(revision: Revision, replicas: number, run: Run): Promise<RevisionStatus> {
    const deployment = await this.apply(revision, replicas, run);
    const pods = await run.step('look at its pods', () => this.podsOf(revision.project.id, revision.id));
    const { ingress } = this.config.cluster;
    return statusOf({ now: new Date(), replicas, deployment, pods, ingress });
  }

  async lead({ id, project }: Revision, { endpoints, domains }: Way, run: Run): Promise<Endpoint[]> {
    await run.step('lead the ingress to it', async () => {
      const way = { revisionId: id, domains: await domains() };
      for (const wish of wayFor(project, way, this.config.cluster)) await this.cluster.apply(wish);
    });
    return endpoints;
  }

  async discard({ id: projectId }: RunProject, revisionId: string, run: Run): Promise<boolean> {
    const namespace = namespaceOf(projectId);
    this.applied.delete(revisionId);
    const parts = [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: runName(revisionId), namespace } },
      ...[runName(revisionId), contentName(revisionId)].map((name) => ({
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
      })),
    ];
    let isGone = true;
    for (const part of parts)
      isGone = (await run.step('discard it', () => this.cluster.remove(part))) && isGone;
    if (!isGone) return false;
    return (await run.step('see what is left of it', () => this.listed(projectId, revisionId))).length === 0;
  }

  /** All that there is of a project is in its namespace. */
  remove({ id }: RunProject, run: Run): Promise<boolean> {
    return run.step('remove the namespace', () =>
      this.cluster.remove({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(id) } }),
    );
  }

  async output({ id }: RunProject, revisionId: string, lines: number): Promise<string> {
    const logs = logsOf(await this.listed(id, revisionId), lines);
    const texts = await Promise.all(logs.map(async ({ pod, options }) => this.cluster.log(pod, options)));
    return outputOf(texts);
  }

  private async apply(revision: Revision, replicas: number, run: Run): Promise<V1Deployment> {
    const { cluster } = this.config;
    const { project } = revision;
    const { host, port } = cluster.content;
    const secrets = secretsFor(revision, `http://${host}:${port}${this.door.pathOf(revision.id)}`, cluster);
    const deployment = deploymentFor(revision, replicas, cluster);
    const namespace = namespaceFor(project, await this.platform.id(), cluster);
    const before = [namespace, ...boundsFor(project, cluster), ...secrets];
    const digest = createHash('sha256')
      .update(JSON.stringify([before, deployment]))
      .digest('hex');
    const known = this.applied.get(revision.id);
    if (known?.digest === digest) return known.made;
    await run.step('apply what it needs', async () => {
      for (const wish of before) await this.cluster.apply(wish);
    });
    const made = await run.step('apply its deployment', () => this.cluster.apply(deployment));
    this.applied.set(revision.id, { digest, made });
    return made;
  }

  private async podsOf(projectId: string, revisionId: string): Promise<V1Pod[]> {
    return this.watch.podsOf(projectId, revisionId) ?? (await this.listed(projectId, revisionId));
  }

  private listed(projectId: string, revisionId: string): Promise<V1Pod[]> {
    const labels = { [REVISION_LABEL]: revisionId };
    return this.cluster.list<V1Pod>(POD, { namespace: namespaceOf(projectId), labels });
  }
}
