/** What keeps a project within its bounds: a namespace of its own, a quota, limits, and who may talk to whom. */
import type {
  V1LimitRange,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicySpec,
  V1ResourceQuota,
} from '@kubernetes/client-node';
import { PROGRAM_PORT } from '../nubo/nubo.rules';
import type { RunProject } from '../runner';
import { metaOf, namespaceOf, ourLabels, PLATFORM_ID, type ClusterSettings } from './names.rules';

/** Eight that serve, eight that shall, and eight that leave. */
const MAX_PODS = 24;
const NAME = 'nubo';
/** The operator's own machines, and what is between machines. */
const NOT_PUBLIC = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
];

export const namespaceFor = (
  { id, name }: RunProject,
  platformId: string,
  cluster: ClusterSettings,
): V1Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespaceOf(id),
    labels: { ...ourLabels(id, cluster), [PLATFORM_ID]: platformId },
    annotations: { 'nubo.cloud/name': name },
  },
});

export function boundsFor(
  { id }: RunProject,
  cluster: ClusterSettings,
): (V1ResourceQuota | V1LimitRange | V1NetworkPolicy)[] {
  return [quotaFor(id, cluster), limitsFor(id, cluster), ...policiesFor(id, cluster)];
}

function quotaFor(id: string, cluster: ClusterSettings): V1ResourceQuota {
  const memory = `${cluster.memoryMib}Mi`;
  const hard = { pods: String(MAX_PODS), 'requests.memory': memory, 'limits.memory': memory };
  const never = { 'services.loadbalancers': '0', 'services.nodeports': '0', persistentvolumeclaims: '0' };
  const metadata = metaOf(NAME, id, cluster);
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { ...hard, ...never } } };
}

function limitsFor(id: string, cluster: ClusterSettings): V1LimitRange {
  const memory = '128Mi';
  const container = {
    type: 'Container',
    _default: { memory, cpu: '1' },
    defaultRequest: { memory, cpu: '50m' },
  };
  const metadata = metaOf(NAME, id, cluster);
  return { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits: [container] } };
}

function policiesFor(id: string, cluster: ClusterSettings): V1NetworkPolicy[] {
  const { host, port } = cluster.content;
  return [
    policy(metaOf('closed', id, cluster), { policyTypes: ['Ingress', 'Egress'] }),
    policy(metaOf('visitors', id, cluster), {
      policyTypes: ['Ingress'],
      ingress: [{ _from: cluster.visitors.map(peerOf), ports: [{ port: PROGRAM_PORT, protocol: 'TCP' }] }],
    }),
    policy(metaOf('outside', id, cluster), {
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ namespaceSelector: {} }],
          ports: ['UDP', 'TCP'].map((protocol) => ({ port: 53, protocol })),
        },
        { to: [{ ipBlock: { cidr: `${host}/32` } }], ports: [{ port, protocol: 'TCP' }] },
        { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: NOT_PUBLIC } }] },
      ],
    }),
  ];
}

const policy = (
  metadata: V1NetworkPolicy['metadata'],
  spec: Omit<V1NetworkPolicySpec, 'podSelector'>,
): V1NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata,
  spec: { podSelector: {}, ...spec },
});

/** A namespace is known by the label that Kubernetes gives it since 1.21. */
const peerOf = (visitor: string): V1NetworkPolicyPeer =>
  /^[0-9.]+\/\d+$/.test(visitor)
    ? { ipBlock: { cidr: visitor } }
    : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': visitor } } };
