/** The API of a Kubernetes cluster, through @kubernetes/client-node 1.4 (2.x needs a newer Node). */
import { Injectable } from '@nestjs/common';
import type {
  CoreV1Api,
  Informer,
  KubernetesObject,
  KubernetesObjectApi,
  ObjectCache,
  PatchStrategy,
  V1Pod,
} from '@kubernetes/client-node';
import { errorOf, isMissing, isStranger } from './errors.rules';
import { KubernetesConfig } from './kubernetes.config';
import { PLATFORM } from './names.rules';

/** Whose fields they are: what others set in the same objects stays theirs. */
const FIELD_MANAGER = 'nubo';
const ANSWER_MS = 10_000;
const LOG_BYTES = 1_000_000;

export interface Reference {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

export interface ListOptions {
  /** Of all namespaces without one. */
  namespace?: string;
  labels: Readonly<Record<string, string>>;
}

export type PodInformer = Informer<V1Pod> & ObjectCache<V1Pod>;

interface Client {
  objects: KubernetesObjectApi;
  core: CoreV1Api;
  applying: PatchStrategy;
  pods: () => PodInformer;
}

/** Throws `unavailable` while the API server is away, `exhausted` and `unprocessable` for what it refuses. */
@Injectable()
export class Cluster {
  private client?: Promise<Client>;

  constructor(private readonly config: KubernetesConfig) {}

  /** Server-side apply: makes the object, or our fields of it, as wished. As it is then. */
  apply<T extends KubernetesObject>(wish: T): Promise<T> {
    return this.ask(({ objects, applying }) =>
      objects.patch(wish, undefined, undefined, FIELD_MANAGER, true, applying),
    );
  }

  async list<T extends KubernetesObject>(
    [apiVersion, kind]: [apiVersion: string, kind: string],
    { namespace, labels }: ListOptions,
  ): Promise<T[]> {
    const selector = selectorOf(labels);
    const found = await this.ask(({ objects }) =>
      objects.list<T>(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selector),
    );
    return found.items;
  }

  /** True when there was no such thing. What belongs to it goes after it. */
  async remove(what: Reference): Promise<boolean> {
    try {
      await this.ask(({ objects }) =>
        objects.delete(what, undefined, undefined, undefined, undefined, 'Background'),
      );
      return false;
    } catch (error) {
      if (isMissing((error as Error).cause)) return true;
      throw error;
    }
  }

  /** The last lines of a container of a pod; of the one before when it has been started anew and `previous` is wished. Empty when it never ran. */
  async log(
    pod: { namespace: string; name: string; container: string },
    { lines, previous }: { lines: number; previous: boolean },
  ): Promise<string> {
    const wish = { ...pod, tailLines: lines, previous, limitBytes: LOG_BYTES };
    try {
      return (await this.ask(({ core }) => core.readNamespacedPodLog(wish))) ?? '';
    } catch (error) {
      // 400: the container has not started, or never ran before.
      if (isMissing((error as Error).cause) || (error as { code?: string }).code === 'cluster_refused')
        return '';
      throw error;
    }
  }

  /** Of all pods of this platform. It does nothing until it is started. */
  async pods(): Promise<PodInformer> {
    return (await this.connected()).pods();
  }

  private async ask<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connected());
    } catch (error) {
      // The kubeconfig is read anew: its token or certificate may be.
      if (isStranger(error)) this.client = undefined;
      throw errorOf(error);
    }
  }

  private connected(): Promise<Client> {
    this.client ??= connect(this.config).catch((error: unknown) => {
      this.client = undefined;
      throw errorOf(error);
    });
    return this.client;
  }
}

/** The library takes a second to load: who has no cluster does without it. */
async function connect({ kubeconfig, cluster }: KubernetesConfig): Promise<Client> {
  const k8s = await import('@kubernetes/client-node');
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server ?? '';
  const configuration = k8s.createConfiguration({
    baseServer: new k8s.ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [
      {
        pre: (context) => {
          context.setSignal(AbortSignal.timeout(ANSWER_MS));
          return Promise.resolve(context);
        },
        post: (context) => Promise.resolve(context),
      },
    ],
  });
  const core = new k8s.CoreV1Api(configuration);
  const labelSelector = selectorOf({ [PLATFORM]: cluster.platform });
  const list = () => core.listPodForAllNamespaces({ labelSelector });
  const pods = () => k8s.makeInformer<V1Pod>(config, '/api/v1/pods', list, labelSelector);
  const objects = new k8s.KubernetesObjectApi(configuration);
  return { objects, core, pods, applying: k8s.PatchStrategy.ServerSideApply };
}

const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
