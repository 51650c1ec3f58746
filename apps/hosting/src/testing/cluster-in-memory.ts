import type { KubernetesObject, V1Deployment, V1Ingress, V1Pod } from '@kubernetes/client-node';
import type { ListOptions, Reference } from '../runners/kubernetes/cluster.driver';
import { errorOf } from '../runners/kubernetes/errors.rules';
import { PROGRAM } from '../runners/kubernetes/pod.rules';

/** A cluster as its driver shows it. Pods are ready at once; nobody is told of them. */
export class ClusterInMemory {
  private readonly objects = new Map<string, KubernetesObject>();
  /** Nobody answers. */
  isAway = false;

  async apply<T extends KubernetesObject>(wish: T): Promise<T> {
    await this.reach();
    this.objects.set(keyOf(wish), wish);
    return wish;
  }

  async list([, kind]: [string, string], { namespace, labels }: ListOptions): Promise<KubernetesObject[]> {
    await this.reach();
    return (kind === 'Pod' ? this.all<V1Deployment>('Deployment').flatMap(podsOf) : this.all(kind)).filter(
      ({ metadata }) =>
        (!namespace || metadata?.namespace === namespace) &&
        Object.entries(labels).every(([name, value]) => metadata?.labels?.[name] === value),
    );
  }

  /** What is in a namespace goes with it. */
  async remove(what: Reference): Promise<boolean> {
    await this.reach();
    const isThere = this.objects.delete(keyOf(what));
    for (const [key, { metadata }] of this.objects)
      if (what.kind === 'Namespace' && metadata?.namespace === what.metadata.name) this.objects.delete(key);
    return !isThere;
  }

  pods(): Promise<never> {
    return Promise.reject(errorOf(new Error('nobody tells of pods')));
  }

  get namespaces(): string[] {
    return this.all('Namespace').map(({ metadata }) => metadata?.name ?? '');
  }

  /** The names that visitors of a namespace may ask for. */
  hosts(namespace: string): string[] {
    const ingresses = this.all<V1Ingress>('Ingress').filter(
      ({ metadata }) => metadata?.namespace === namespace,
    );
    return ingresses.flatMap(({ spec }) => spec?.rules?.map(({ host }) => host ?? '') ?? []);
  }

  private all<T extends KubernetesObject>(kind: string): T[] {
    return [...this.objects.values()].filter((one) => one.kind === kind) as T[];
  }

  private reach(): Promise<void> {
    return this.isAway ? Promise.reject(errorOf(new Error('connect ECONNREFUSED'))) : Promise.resolve();
  }
}

const keyOf = ({ kind, metadata }: KubernetesObject): string =>
  [kind, metadata?.namespace, metadata?.name].join('/');

const podsOf = ({ metadata, spec }: V1Deployment): V1Pod[] =>
  Array.from({ length: spec?.replicas ?? 1 }, (_, n) => ({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: `${metadata?.name}-${n}`, namespace: metadata?.namespace },
      labels: spec?.template.metadata?.labels,
    },
    status: {
      containerStatuses: [
        { name: PROGRAM, ready: true, restartCount: 0, image: '', imageID: '', state: { running: {} } },
      ],
    },
  }));
