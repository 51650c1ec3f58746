/** What a project and its revisions are called in the cluster: names made of ids, and labels. */
import { createHash } from 'node:crypto';
import type { V1ObjectMeta } from '@kubernetes/client-node';
import { imageOf } from '../nubo/nubo.rules';
import type { Endpoint, Revision } from '../runner';

export interface ClusterSettings {
  /** The zone of this platform: a label's value. Another platform in the cluster may have the same. */
  platform: string;
  /** The name of an image in the cluster, with `{image}` where ours goes. */
  images: string;
  /** Where the ingress of the cluster listens. */
  ingress: Endpoint[];
  ingressClass?: string;
  /** Who may come to programs: ranges of addresses, and names of namespaces. */
  visitors: string[];
  /** Where pods fetch their files. */
  content: Endpoint;
  /** What all replicas of a project may have together. */
  memoryMib: number;
}

export const PLATFORM = 'nubo.cloud/platform';
/** On namespaces: the id of the platform. Whoever has another one has the same zone only. */
export const PLATFORM_ID = 'nubo.cloud/platform-id';
export const PROJECT_LABEL = 'nubo.cloud/project';
export const REVISION_LABEL = 'nubo.cloud/revision';
/** The Service and the Ingress of a project. */
export const WAY = 'site';

/** A value of a label holds 63 characters. */
export const platformLabel = (zone: string): string =>
  zone.length <= 63 ? zone : createHash('sha256').update(zone).digest('hex').slice(0, 32);

export const namespaceOf = (projectId: string): string => `nubo-${projectId}`;
/** The Deployment of a revision, and the Secret of its variables. */
export const runName = (revisionId: string): string => `r-${revisionId}`;
/** The Secret that lets a revision's pods fetch their files. */
export const contentName = (revisionId: string): string => `c-${revisionId}`;

export const clusterImage = (
  revision: Pick<Revision, 'template' | 'templateVersion'>,
  { images }: Pick<ClusterSettings, 'images'>,
): string => images.replace('{image}', imageOf(revision));

export const ourLabels = (
  projectId: string,
  { platform }: Pick<ClusterSettings, 'platform'>,
): Record<string, string> => ({
  'app.kubernetes.io/managed-by': 'nubo',
  [PLATFORM]: platform,
  [PROJECT_LABEL]: projectId,
});

/** Of what is in the project's namespace. */
export const metaOf = (name: string, projectId: string, cluster: ClusterSettings): V1ObjectMeta => ({
  name,
  namespace: namespaceOf(projectId),
  labels: ourLabels(projectId, cluster),
});
