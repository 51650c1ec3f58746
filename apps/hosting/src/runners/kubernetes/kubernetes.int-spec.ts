/** Projects in a cluster that is in memory: what becomes of them when it is gone, and whose they are. */
import { randomUUID } from 'node:crypto';
import {
  addDomain,
  deleteProject,
  publishProject,
  type CreatedProjectView,
  type Principal,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { freePort } from '../../../../../stack/ports';
import { ClusterInMemory } from '../../testing/cluster-in-memory';
import { HostingWorld } from '../../testing/hosting-world';
import { Cluster } from './cluster.driver';
import { KubernetesService } from './kubernetes.service';
import { namespaceOf } from './names.rules';

jest.setTimeout(60_000);

describe('a project in a cluster', () => {
  const cluster = new ClusterInMemory();
  let world: HostingWorld;
  let who: Principal;
  let site: CreatedProjectView;

  beforeAll(async () => {
    const settings = {
      NUBO_HOSTING_RUNNER: 'kubernetes',
      NUBO_KUBECONFIG: '/nowhere',
      NUBO_KUBERNETES_CONTENT_URL: 'http://192.0.2.10:3021',
      NUBO_KUBERNETES_CONTENT_LISTEN: `127.0.0.1:${await freePort()}`,
      NUBO_KUBERNETES_INGRESS: '192.0.2.1:80',
    };
    world = await HostingWorld.open({ settings, overrides: [[Cluster, cluster]] });
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    who = await world.owner();
    site = await world.ready(who, { template: 'node', autoPublish: 'manual' });
    await world.upload(site.id, { 'server.js': 'one' });
    await world.app.call(publishProject, contextOf(who), { id: site.id });
    await eventually(async () => (await world.get(who, site.id)).served === 1);
  });
  afterEach(() => {
    cluster.isAway = false;
  });

  const remove = () => world.app.call(deleteProject, contextOf(who), { id: site.id });

  it('is led to under its domains, too', async () => {
    const namespace = namespaceOf(site.id);
    expect(cluster.hosts(namespace)).toEqual([site.hostname]);
    const domain = 'www.cluster.example';
    world.proofs.put(await world.app.call(addDomain, contextOf(who), { id: site.id, domain }));
    await eventually(() => cluster.hosts(namespace).length === 2);
    expect(cluster.hosts(namespace)).toEqual([site.hostname, domain]);
  });

  it('waits for a silent cluster to be deleted, as long as a deletion may take', async () => {
    cluster.isAway = true;
    await remove();
    const failed = `SELECT FROM work WHERE resource_id = $1 AND last_error LIKE 'remove the namespace: %'`;
    await eventually(async () => (await world.em.query<object[]>(failed, [site.id])).length === 1);
    expect(await world.get(who, site.id)).toMatchObject({ state: 'deleting' });
    const long = `UPDATE projects SET updated_at = updated_at - interval '6 minutes' WHERE id = $1`;
    await world.em.query(long, [site.id]);
    await world.gone(who, site.id);
    cluster.isAway = false;
    await world.app.get(KubernetesService).tidy();
    expect(cluster.namespaces).not.toContain(namespaceOf(site.id));
  });

  it('is deleted when its cluster is not set up any more, and what is left there once it is', async () => {
    await world.again({ NUBO_KUBECONFIG: '', NUBO_HOSTING_RUNNER: 'nubo' });
    await remove();
    await world.gone(who, site.id);
    expect(cluster.namespaces).toContain(namespaceOf(site.id));
    await world.again({});
    await eventually(() => !cluster.namespaces.includes(namespaceOf(site.id)));
  });

  it('is not taken away by another platform, although it is of the same zone', async () => {
    const labels = { 'nubo.cloud/platform': 'sites.test' };
    const theirs = { ...labels, 'nubo.cloud/platform-id': randomUUID() };
    for (const [name, worn] of Object.entries({ 'nubo-theirs': theirs, 'nubo-older': labels }))
      await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: worn } });
    await world.app.get(KubernetesService).tidy();
    const own = namespaceOf(site.id);
    expect(cluster.namespaces).toEqual(expect.arrayContaining([own, 'nubo-theirs', 'nubo-older']));
  });
});
