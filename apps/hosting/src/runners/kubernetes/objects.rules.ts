/** What is in the cluster for a revision, and the way to it: templates that are filled. */
import type { V1Deployment, V1Ingress, V1Secret, V1Service } from '@kubernetes/client-node';
import { PROGRAM_PORT } from '../nubo/nubo.rules';
import type { Revision, RunProject } from '../runner';
import {
  clusterImage,
  contentName,
  metaOf,
  REVISION_LABEL,
  runName,
  WAY,
  type ClusterSettings,
} from './names.rules';
import { podOf } from './pod.rules';

/** The variables of a revision, and the address at which its pods find their files. */
export function secretsFor(
  { id, project, env }: Pick<Revision, 'id' | 'project' | 'env'>,
  contentUrl: string,
  cluster: ClusterSettings,
): V1Secret[] {
  const secret = (name: string, texts: Readonly<Record<string, string>>): V1Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metaOf(name, project.id, cluster),
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, base64(value)])),
  });
  return [secret(runName(id), env), secret(contentName(id), { url: contentUrl })];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function deploymentFor(revision: Revision, replicas: number, cluster: ClusterSettings): V1Deployment {
  const { id, project } = revision;
  const metadata = metaOf(runName(id), project.id, cluster);
  const selector = { [REVISION_LABEL]: id };
  const labels = { ...metadata.labels, ...selector };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels },
    spec: {
      replicas,
      revisionHistoryLimit: 0,
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels }, spec: podOf(revision, clusterImage(revision, cluster)) },
    },
  };
}

/** What leads visitors of the project, and of its domains, to that revision: an ingress knows nothing but names. */
export function wayFor(
  { id, hostname }: RunProject,
  { revisionId, domains }: { revisionId: string; domains: string[] },
  cluster: ClusterSettings,
): [V1Service, V1Ingress] {
  const metadata = metaOf(WAY, id, cluster);
  const backend = { service: { name: WAY, port: { number: 80 } } };
  const { ingressClass } = cluster;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'ClusterIP',
        selector: { [REVISION_LABEL]: revisionId },
        ports: [{ name: 'http', port: 80, targetPort: PROGRAM_PORT, protocol: 'TCP' }],
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata,
      spec: {
        ...(ingressClass && { ingressClassName: ingressClass }),
        rules: [hostname, ...domains].map((host) => ({
          ...{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } },
        })),
      },
    },
  ];
}
