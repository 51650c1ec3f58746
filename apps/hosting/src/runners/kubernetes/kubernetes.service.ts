import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { V1Namespace } from '@kubernetes/client-node';
import { serviceContext } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { Project } from '../../../../../libs/entities/src/hosting';
import { PROJECT } from '../../projects/projects.store';
import { Cluster } from './cluster.driver';
import { ContentDoor } from './content-door.driver';
import { KubernetesConfig } from './kubernetes.config';
import { namespaceOf, PLATFORM_ID } from './names.rules';
import { PlatformIdentity } from './platform.service';
import { PodWatch } from './pod-watch.driver';
import { ProgramContents } from './program-contents.service';

const TIDY_EVERY_MS = 300_000;
const NAMESPACE = ['v1', 'Namespace'] as [string, string];

/** What a cluster needs of this service beside the runner: files for pods, an ear for what happens, an end for what nobody knows. */
@Injectable()
export class KubernetesService implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly config: KubernetesConfig,
    private readonly cluster: Cluster,
    private readonly watch: PodWatch,
    private readonly door: ContentDoor,
    private readonly contents: ProgramContents,
    private readonly intentions: Intentions,
    private readonly platform: PlatformIdentity,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.isThere) return;
    await this.door.open(this.config.cluster.listen, this.contents.keyFile, (id) => this.contents.of(id));
  }

  onApplicationBootstrap(): void {
    if (!this.config.isThere) return;
    this.watch.start((projectId) => void this.wake(projectId));
    this.timer = setInterval(() => void this.quietly(), TIDY_EVERY_MS).unref();
    void this.quietly();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.watch.stop();
    await this.door.close();
  }

  /** Removes the namespaces of this platform whose project is not known; a row comes before its namespace and goes after it. */
  async tidy(): Promise<void> {
    const labels = { [PLATFORM_ID]: await this.platform.id() };
    const namespaces = await this.cluster.list<V1Namespace>(NAMESPACE, { labels });
    const known = await this.intentions.read((em) => em.find(Project, { select: { id: true } }));
    const names = new Set(known.map(({ id }) => namespaceOf(id)));
    for (const { metadata } of namespaces) {
      const { name = '', deletionTimestamp } = metadata ?? {};
      if (names.has(name) || deletionTimestamp) continue;
      log.info({ namespace: name }, 'removing a namespace whose project is not known');
      await this.cluster.remove({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  }

  private async quietly(): Promise<void> {
    try {
      await this.tidy();
    } catch (error) {
      log.info({ err: error }, 'the cluster could not be tidied; tried again later');
    }
  }

  /** A project whose pods stand otherwise is looked at now. */
  private async wake(id: string): Promise<void> {
    try {
      await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
        if (await em.existsBy(Project, { id })) await wake(em, PROJECT, id);
      });
    } catch (error) {
      log.info({ err: error, projectId: id }, 'a project is looked at later');
    }
  }
}
