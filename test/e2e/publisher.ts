/** A content provider at the platform's door: publishes archives, waits for them to be served, fetches them. */
import type { DistributionView, VpcView } from '@nubo/contracts';
import { pack } from 'tar-stream';
import { until } from '../../demo/wait';
import type { TenantOfTheStory } from '../../demo/world';

export type Files = Record<string, string>;

/** Whatever a distribution is made of. */
const PATHS = ['/iaas/containers', '/iaas/vms', '/iaas/vpcs', '/pat/mappings'];

type Kept = Pick<VpcView, 'managedBy'>;
/** The default network of the provider, and what else is its own, stays. */
const isPart = ({ managedBy }: Kept): boolean => managedBy === 'cdn';

async function tarOf(files: Files): Promise<Blob> {
  const tar = pack();
  for (const [name, body] of Object.entries(files)) tar.entry({ name }, body);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return new Blob([new Uint8Array(Buffer.concat(chunks))]);
}

export class Publisher {
  constructor(private readonly who: TenantOfTheStory) {}

  /** Throws the answer's status and body when it is none of success. */
  async send<T extends object>(path: string, document: object, files: Files): Promise<T> {
    const form = new FormData();
    form.append('document', JSON.stringify(document));
    form.append('content', await tarOf(files), 'site.tar');
    const { base, authorization } = this.who.rest;
    const answer = await fetch(base + path, { method: 'POST', headers: { authorization }, body: form });
    const body = (await answer.json()) as T;
    if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The distribution when all its edges serve that release; null: what an origin has. */
  ready(id: string, release: number | null, seconds = 150): Promise<DistributionView> {
    return until(`distribution ${id} to serve release ${release}`, seconds, async () => {
      const view = await this.who.rest.get<DistributionView>(`/cdn/distributions/${id}`);
      const edges = view.instances.filter(({ role }) => role === 'edge');
      const all = edges.every((edge) => edge.state === 'serving' && edge.release === release);
      if (view.state === 'ready' && all) return view;
      const seen = edges.map((edge) => `${edge.state} with release ${edge.release}`).join(', ');
      throw new Error(
        `${view.state}: ${view.stateReason}; its edges: ${seen}; project: ${view.project?.release}`,
      );
    });
  }

  /** What anybody is answered for content, through the gateway. */
  fetch({ customerId }: DistributionView, path: string): Promise<Response> {
    return fetch(`${this.who.rest.base}/cdn/${customerId}${path}`);
  }

  /** Its status and text. */
  async content(view: DistributionView, path: string): Promise<string> {
    const answer = await this.fetch(view, path);
    return `${answer.status} ${await answer.text()}`;
  }

  /** Deletes distributions, and waits until nothing is there that they were made of. */
  async leave(views: DistributionView[]): Promise<void> {
    for (const { id } of views) await this.who.rest.delete(`/cdn/distributions/${id}`);
    await until('the distributions to go', 120, async () => {
      const left = await this.who.rest.get<DistributionView[]>('/cdn/distributions');
      return left.every(({ id }) => views.every((view) => view.id !== id));
    });
    for (const path of PATHS)
      await until(`${path} to hold nothing of it`, 120, async () =>
        (await this.who.rest.get<Kept[]>(path)).some(isPart) ? undefined : true,
      );
  }
}
