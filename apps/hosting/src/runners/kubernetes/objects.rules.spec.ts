import { randomUUID } from 'node:crypto';
import type { Revision } from '../runner';
import { boundsFor, namespaceFor } from './bounds.rules';
import { clusterImage, platformLabel, type ClusterSettings } from './names.rules';
import { deploymentFor, secretsFor, wayFor } from './objects.rules';

const cluster: ClusterSettings = {
  platform: 'sites.test',
  images: 'registry.test/nubo/{image}:1',
  ingress: [{ host: '192.0.2.1', port: 80 }],
  visitors: ['ingress-nginx', '192.0.2.0/24'],
  content: { host: '192.0.2.10', port: 3021 },
  memoryMib: 4_096,
};
const project = {
  ...{ id: randomUUID(), name: 'blog', hostname: 'blog.sites.test' },
  ...{ tenantId: null, userId: randomUUID() },
};
const revision: Revision = {
  ...{ id: randomUUID(), project, release: 3, template: 'php', templateVersion: '8.2', memory: 96 },
  content: { manifest: '', folder: '/nowhere', files: () => Promise.resolve([]) },
  healthPath: '/health?deep=1',
  env: { GREETING: 'hello', KEY: 'hidden-1' },
};
const platformId = randomUUID();
const way = { revisionId: revision.id, domains: ['www.example.org'] };

const pod = () => deploymentFor(revision, 2, cluster).spec?.template.spec;
const containers = () => [...(pod()?.initContainers ?? []), ...(pod()?.containers ?? [])];

it('names everything by ids and labels it with the platform, so that nobody else’s is taken for it', () => {
  const all = [
    ...boundsFor(project, cluster),
    ...secretsFor(revision, 'http://192.0.2.10:3021/x', cluster),
    ...wayFor(project, way, cluster),
    deploymentFor(revision, 1, cluster),
  ];
  const namespace = namespaceFor(project, platformId, cluster);
  for (const { metadata } of [...all, namespace])
    expect(metadata?.labels).toMatchObject({
      'nubo.cloud/platform': 'sites.test',
      'nubo.cloud/project': project.id,
    });
  for (const { metadata } of all) expect(metadata?.namespace).toBe(`nubo-${project.id}`);
  expect(namespace.metadata?.name).toBe(`nubo-${project.id}`);
  expect(namespace.metadata?.labels).toMatchObject({ 'nubo.cloud/platform-id': platformId });
  expect(JSON.stringify(all.map(({ metadata }) => metadata?.name))).not.toContain('blog');
});

it('gives a program no rights, no token and nothing to write to but /tmp and /run', () => {
  expect(pod()).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(containers()).toHaveLength(2);
  for (const { securityContext, resources } of containers()) {
    expect(securityContext).toMatchObject({
      ...{ runAsNonRoot: true, privileged: false, allowPrivilegeEscalation: false },
      ...{ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    });
    expect(resources?.limits?.memory).toBe('96Mi');
    expect(resources?.requests?.memory).toBe('96Mi');
  }
});

it('mounts the files read-only into the program, and to be written into what fetches them only', () => {
  const [fetcher, program] = containers();
  expect(program?.volumeMounts).toContainEqual({
    ...{ name: 'content', mountPath: '/site', subPath: 'site', readOnly: true },
  });
  const writable = (program?.volumeMounts ?? []).filter(({ readOnly }) => !readOnly);
  expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/tmp', '/run']);
  expect(fetcher?.volumeMounts).toEqual([{ name: 'content', mountPath: '/content' }]);
  expect(fetcher?.command?.join(' ')).not.toContain('nubo-run');
});

it('keeps variables and the address of the files in secrets that only their container gets', () => {
  const [variables, content] = secretsFor(revision, 'http://192.0.2.10:3021/x', cluster);
  const text = (data?: string) => Buffer.from(data ?? '', 'base64').toString();
  expect(text(variables?.data?.KEY)).toBe('hidden-1');
  expect(text(content?.data?.url)).toBe('http://192.0.2.10:3021/x');
  const [fetcher, program] = containers();
  expect(program?.envFrom).toEqual([{ secretRef: { name: variables?.metadata?.name } }]);
  expect(JSON.stringify(program)).not.toContain(content?.metadata?.name ?? '');
  expect(JSON.stringify(fetcher)).not.toContain(variables?.metadata?.name ?? '');
  expect(JSON.stringify(deploymentFor(revision, 1, cluster))).not.toContain('hidden-1');
});

it('shuts the namespace but for visitors, names, files and the public', () => {
  const policies = boundsFor(project, cluster).filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.map(({ metadata }) => metadata?.name)).toEqual(['closed', 'visitors', 'outside']);
  expect(policies[0]?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  expect(policies[1]?.spec).toMatchObject({
    policyTypes: ['Ingress'],
    ingress: [
      {
        _from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
          { ipBlock: { cidr: '192.0.2.0/24' } },
        ],
        ports: [{ port: 8080 }],
      },
    ],
  });
  const outside = JSON.stringify(policies[2]?.spec);
  for (const range of ['10.0.0.0/8', '169.254.0.0/16', '192.168.0.0/16']) expect(outside).toContain(range);
});

it('bounds what all replicas of a project have together', () => {
  const [quota] = boundsFor(project, cluster);
  expect(quota?.spec).toMatchObject({
    hard: { 'limits.memory': '4096Mi', 'services.nodeports': '0', persistentvolumeclaims: '0' },
  });
});

it('leads the project’s name and its domains to one revision', () => {
  const [service, ingress] = wayFor(project, way, cluster);
  expect(service.spec?.selector).toEqual({ 'nubo.cloud/revision': revision.id });
  expect(ingress.spec?.rules?.map(({ host }) => host)).toEqual(['blog.sites.test', 'www.example.org']);
  for (const { http } of ingress.spec?.rules ?? [])
    expect(http?.paths[0]?.backend.service).toEqual({ name: service.metadata?.name, port: { number: 80 } });
  expect(ingress.spec).not.toHaveProperty('ingressClassName');
  const [, classed] = wayFor(project, way, { ...cluster, ingressClass: 'nginx' });
  expect(classed.spec?.ingressClassName).toBe('nginx');
});

it('takes images under the names that the operator says', () => {
  expect(clusterImage(revision, cluster)).toBe('registry.test/nubo/nubo-php-8-2:1');
});

it('makes a label of any zone', () => {
  const long = `${'a'.repeat(60)}.example.org`;
  expect(platformLabel('sites.test')).toBe('sites.test');
  expect(platformLabel(long)).toMatch(/^[0-9a-f]{32}$/);
});

it('asks a program at its health path, which no shell reads', () => {
  const [, program] = containers();
  for (const probe of [program?.startupProbe, program?.readinessProbe]) {
    const [, , , script, ...args] = probe?.exec?.command ?? [];
    expect(args).toEqual(['blog.sites.test', '/health?deep=1']);
    expect(script).toContain(`printf 'GET %s HTTP/1.0\\r\\nHost: %s`);
    expect(script).toContain('"$1" "$0"');
  }
});
