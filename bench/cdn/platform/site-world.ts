/** A platform in a lab with real hosts, a customer with edges at two locations, and an origin of the customer's. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CdnInstanceView, DistributionView, ReleaseView } from '@nubo/contracts';
import { pack } from 'tar-stream';
import { administrator, platform } from '../../../demo/chapters/platform';
import { tenants } from '../../../demo/chapters/tenants';
import type { RestClient } from '../../../demo/rest-client';
import { until } from '../../../demo/wait';
import { PLATFORM_ADDRESS, World, type WantedHost } from '../../../demo/world';
import { Lab } from '../../../lab';

const HOSTS: WantedHost[] = [
  { name: 'bench1', location: 'loc1', roles: ['compute'] },
  { name: 'bench2', location: 'loc2', roles: ['compute'] },
  { name: 'benchgw', location: 'loc1', roles: ['network'], libvirt: false },
];
const LOCATIONS = ['loc1', 'loc2'];
const READY_S = 180;

export type Tree = Readonly<Record<string, Buffer>>;

export class SiteWorld {
  private origin?: Server;

  private constructor(readonly world: World) {}

  static async open(say: (line: string) => void): Promise<SiteWorld> {
    const world = new World(await Lab.attach(), HOSTS);
    const site = new SiteWorld(world);
    try {
      // The origin of this benchmark stands where the platform stands: instances may go there.
      const env = {
        NUBO_PROTECTED_RANGES: '192.0.2.0/24',
        NUBO_CDN_ALLOW_RANGES: world.lab.external.cidr,
        NUBO_LOG_LEVEL: process.env.NUBO_BENCH_LOG_LEVEL ?? 'info',
      };
      await platform(() => undefined)[0].run(world);
      await world.startPlatform(say, env);
      for (const step of [...administrator, ...tenants]) await step.run(world);
      return site;
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  get rest(): RestClient {
    return this.world.tenants[0].rest;
  }

  /** A server of the customer's; its address, as instances reach it. */
  async serveOrigin(answer: (path: string) => string): Promise<string> {
    this.origin = createServer(({ url = '' }, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=3600' }).end(answer(url));
    });
    await new Promise<void>((listening) => this.origin?.listen(0, '0.0.0.0', listening));
    return `http://${PLATFORM_ADDRESS}:${(this.origin.address() as AddressInfo).port}`;
  }

  publish(document: object, tree?: Tree): Promise<DistributionView> {
    const wish = { locations: LOCATIONS, subnet: '190.0.0.0/24', ...document };
    if (!tree) return this.rest.post<DistributionView>('/cdn/distributions', wish);
    return this.send<DistributionView>('/cdn/distributions', wish, archiveOf(tree));
  }

  /** Sends an archive that was made before. */
  async release(id: string, archive: Promise<Blob>): Promise<ReleaseView> {
    return this.send<ReleaseView>(`/cdn/distributions/${id}/releases`, {}, archive);
  }

  /** When all of it stands and serves. */
  ready(id: string): Promise<DistributionView> {
    return until(`distribution ${id}`, READY_S, async () => {
      const view = await this.rest.get<DistributionView>(`/cdn/distributions/${id}`);
      if (view.state === 'error') throw new Error(view.stateReason ?? 'error');
      const all = view.instances.every(({ state }) => state === 'serving');
      return view.state === 'ready' && all ? view : undefined;
    });
  }

  async close(): Promise<void> {
    this.origin?.closeAllConnections();
    this.origin?.close();
    await this.world.saveLogs('bench-cdn');
    await this.world.close();
  }

  private async send<T>(path: string, document: object, archive: Promise<Blob>): Promise<T> {
    const form = new FormData();
    form.append('document', JSON.stringify(document));
    form.append('content', await archive, 'site.tar');
    const { base, authorization } = this.rest;
    const headers = { authorization };
    const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: form });
    const body = (await answer.json()) as T;
    if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    return body;
  }
}

export const edgesOf = ({ instances }: DistributionView): CdnInstanceView[] =>
  instances.filter(({ role }) => role === 'edge');

export async function archiveOf(tree: Tree): Promise<Blob> {
  const tar = pack();
  for (const [name, body] of Object.entries(tree)) tar.entry({ name }, body);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return new Blob([new Uint8Array(Buffer.concat(chunks))]);
}
