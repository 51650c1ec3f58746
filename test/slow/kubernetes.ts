/** A lab host as a cluster, the hosting service beside it, and the web server before both. */
import { execFile } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { Lab, startCluster, type LabCluster } from '../../lab';
import { runtimeArchive } from '../../runtimes/image';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';
import { startWeb } from '../../stack/web';

const HOST = 'h1';
const ZONE = 'sites.test';

export class ClusterWorld {
  private constructor(
    readonly lab: Lab,
    readonly cluster: LabCluster,
    readonly world: HostingWorld,
    private readonly web: { server: Server; folder: string },
  ) {}

  static async open(memoryMib: number): Promise<ClusterWorld> {
    const lab = await Lab.attach();
    await lab.startHosts([HOST], { libvirt: false });
    const images = {
      'nubo-node-18': await runtimeArchive('node-18'),
      'nubo-php-8-2': await runtimeArchive('php-8.2'),
    };
    const cluster = await startCluster(lab, HOST, images);
    const world = await HostingWorld.open({
      settings: {
        NUBO_HOSTING_RUNNER: 'kubernetes',
        NUBO_KUBECONFIG: cluster.nubo,
        NUBO_KUBERNETES_CONTENT_URL: `http://${lab.external.gateway}:${await freePort()}`,
        NUBO_KUBERNETES_INGRESS: `${cluster.address}:80`,
        NUBO_KUBERNETES_VISITORS: `${cluster.address}/32,10.98.0.1/32`,
        NUBO_KUBERNETES_MEMORY: String(memoryMib),
      },
    });
    chmodSync(world.folder, 0o711);
    const folder = temporaryFolder();
    const sites = join(world.folder, 'sites');
    const server = await startWeb({ dir: join(folder, 'web'), port: await freePort(), sites });
    return new ClusterWorld(lab, cluster, world, { server, folder });
  }

  /** What of the cluster is left on this machine once the host is off. */
  async close(): Promise<string[]> {
    await this.web.server.stop();
    await this.world.stop();
    rmSync(this.web.folder, { recursive: true, force: true });
    await this.lab.powerOff(HOST);
    return this.lab.leftovers();
  }

  /** As a visitor of the site: `<status> <text>`. */
  visit(name: string, path = '/'): Promise<string> {
    return this.visitHost(`${name}.${ZONE}`, path);
  }

  /** The same under any name. */
  async visitHost(host: string, path = '/'): Promise<string> {
    const url = `${this.web.server.url}${path}`;
    const asked = ['-s', '--max-time', '20', '-w', '\n%{http_code}', '-H', `Host: ${host}`, url];
    const { stdout } = await promisify(execFile)('curl', asked).catch(() => ({ stdout: '\n000' }));
    const [, text = '', status = ''] = /^([\s\S]*)\n(\d+)$/.exec(stdout) ?? [];
    return `${status} ${text}`;
  }

  /** Runs a line of shell on the node. */
  async onNode(command: string): Promise<string> {
    const { stdout } = await this.lab.execOnHost(HOST, command);
    return stdout.trim();
  }

  /** Asks the API as an administrator. */
  async api<T>(path: string, { method = 'GET', body }: { method?: string; body?: object } = {}): Promise<T> {
    const token = '$(grep ",admin," /var/lib/nubo/kubernetes/pki/tokens | cut -d, -f1)';
    const data = body ? `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'` : '';
    const url = `https://${this.cluster.address}:6443${path}`;
    return JSON.parse(
      await this.onNode(`curl -sk -X ${method} ${data} -H "Authorization: Bearer ${token}" ${url}`),
    ) as T;
  }

  /** The names of what there is of a kind. */
  async names(path: string): Promise<string[]> {
    const { items } = await this.api<{ items: { metadata: { name: string } }[] }>(path);
    return items.map(({ metadata }) => metadata.name);
  }

  /** Cuts the API server off, and brings it back. */
  async stopApi(): Promise<void> {
    await this.onNode('kill -9 $(cat /run/cluster/apiserver)');
  }

  async startApi(): Promise<void> {
    await startCluster(this.lab, HOST, {});
  }
}
