/** A content provider publishes on real hosts, and people fetch from the locations that they name. */
import type { DistributionView, ReleaseView, ResourceView, VmView, VpcView } from '@nubo/contracts';
import { pack } from 'tar-stream';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { furnishedWorld } from './surroundings';

const LONG_MS = 240_000;
jest.setTimeout(LONG_MS);

type Files = Record<string, string>;
type Kept = Pick<VpcView, 'managedBy'>;
/** Ada's default network stays when what CDN made goes. */
const isKept = ({ managedBy }: Kept): boolean => managedBy === 'cdn';

const ONE: Files = {
  'index.html': '<h1>one</h1>',
  'img/logo.svg': '<svg/>',
  'app.0123abcd.js': 'one()',
  'docs/index.html': 'd1',
};
const TWO: Files = {
  'index.html': '<h1>two</h1>',
  'img/logo.svg': '<svg/>',
  'app.4567cdef.js': 'two()',
  'docs/index.html': 'd2',
};

async function tarOf(files: Files): Promise<Blob> {
  const tar = pack();
  for (const [name, body] of Object.entries(files)) tar.entry({ name }, body);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return new Blob([new Uint8Array(Buffer.concat(chunks))]);
}

describe('a content provider', () => {
  let world: World;
  let blue: TenantOfTheStory;
  let red: TenantOfTheStory;
  let site: DistributionView;
  let other: DistributionView;
  /** Of Ada, in the second location. */
  let guest: VmView;

  beforeAll(async () => {
    world = await furnishedWorld('cdn');
    const [first, second] = world.tenants;
    if (!first || !second) throw new Error('two tenants are needed');
    [blue, red] = [first, second];
  }, LONG_MS);

  afterAll(async () => {
    await world?.saveLogs('e2e-cdn');
    await world?.close();
  }, LONG_MS);

  async function send(who: TenantOfTheStory, path: string, document: object, files: Files): Promise<unknown> {
    const form = new FormData();
    form.append('document', JSON.stringify(document));
    form.append('content', await tarOf(files), 'site.tar');
    const headers = { authorization: who.rest.authorization };
    const answer = await fetch(`${who.rest.base}${path}`, { method: 'POST', headers, body: form });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  async function ready(who: TenantOfTheStory, id: string, release: number): Promise<DistributionView> {
    return until(`distribution ${id} to serve release ${release}`, 150, async () => {
      const view = await who.rest.get<DistributionView>(`/cdn/distributions/${id}`);
      const edges = view.instances.filter(({ role }) => role === 'edge');
      if (view.state === 'error') throw new Error(view.stateReason ?? 'error');
      const all = edges.every((edge) => edge.state === 'serving' && edge.release === release);
      return view.state === 'ready' && all ? view : undefined;
    });
  }

  const content = async (view: DistributionView, path: string): Promise<string> => {
    const answer = await fetch(`${blue.rest.base}/cdn/${view.customerId}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };

  it('gets a Customer ID for an archive, and edges at the locations it named', async () => {
    const vm = { name: 'guest', imageId: world.image.id, memory: 128, location: 'loc2' };
    guest = await blue.rest.post<VmView>('/iaas/vms', vm);
    const wish = { srcdata: 'site.tar', locations: ['loc1', 'loc2'], Subnet: '190.0.0.0/24', name: 'site' };
    site = (await send(blue, '/cdn/distributions', wish, ONE)) as DistributionView;
    expect(site.customerId).toMatch(/^[0-9a-f]{32}$/);
    site = await ready(blue, site.id, 1);
    expect(site.instances).toHaveLength(5);
  });

  /** A controller asks its edges twice a second whether they can be asked. */
  const led = (location: string): Promise<string> =>
    until(`the controller to lead to ${location}`, 10, async () => {
      const wanted = `${site.url}/index.html?location=${location}&redirect=1`;
      const answer = await fetch(wanted, { redirect: 'manual' });
      const edge = site.instances.find((one) => one.role === 'edge' && one.location === location);
      const place = answer.headers.get('location') ?? '';
      return answer.status === 302 && place.startsWith(`${edge?.url}/`) ? place : undefined;
    });

  it.each(['loc1', 'loc2'])('is led to the edge in %s, and fetched from it', async (location) => {
    expect(await (await fetch(await led(location))).text()).toBe('<h1>one</h1>');
    expect(await (await fetch(`${site.url}/?location=${location}`)).text()).toBe('<h1>one</h1>');
    const edge = site.instances.find((one) => one.role === 'edge' && one.location === location);
    const missing = await fetch(`${edge?.url}/missing`);
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  it.each(['loc1', 'loc2'])('is fetched from %s through the gateway', async (location) => {
    expect(await content(site, `/index.html?location=${location}`)).toBe('200 <h1>one</h1>');
    const answer = await fetch(`${blue.rest.base}/cdn/${site.customerId}/img/logo.svg?location=${location}`);
    expect(answer.headers.get('x-nubo-location')).toBe(location);
    expect(answer.headers.get('content-type')).toContain('image/svg+xml');
  });

  it('is fetched near the user who asks, through the gateway and at the controller', async () => {
    await until('the VM to run', 60, async () => {
      const { state } = await blue.rest.get<VmView>(`/iaas/vms/${guest.id}`);
      return state === 'running' ? true : undefined;
    });
    const { base } = blue.rest;
    const from = async (url: string) => (await fetch(url)).headers.get('x-nubo-location');
    const user = encodeURIComponent(blue.email);
    const places = async (url: string) =>
      new Set(await Promise.all(Array.from({ length: 8 }, () => from(url))));
    expect(await places(`${base}/cdn/${site.customerId}/?user=${user}`)).toEqual(new Set(['loc2']));
    expect(await places(`${site.url}/?near=loc2`)).toEqual(new Set(['loc2']));
    // Of another tenant and nobody's: each to one place, as if it were somebody's.
    for (const name of [red.email, 'nobody'])
      expect((await places(`${base}/cdn/${site.customerId}/?user=${name}`)).size).toBe(1);
    await blue.rest.delete(`/iaas/vms/${guest.id}`);
  });

  it('is led on to folders, through the gateway too', async () => {
    const url = `${blue.rest.base}/cdn/${site.customerId}/docs?location=loc2`;
    const { headers } = await fetch(url, { redirect: 'manual' });
    expect(headers.get('location')).toBe(`/cdn/${site.customerId}/docs/?location=loc2`);
    expect(await (await fetch(url)).text()).toBe('d1');
  });

  it('serves a second release everywhere, and goes back', async () => {
    const release = (await send(blue, `/cdn/distributions/${site.id}/releases`, {}, TWO)) as ReleaseView;
    expect(release.number).toBe(2);
    await ready(blue, site.id, 2);
    for (const location of ['loc1', 'loc2'])
      expect(await content(site, `/index.html?location=${location}`)).toBe('200 <h1>two</h1>');
    expect(await content(site, '/app.0123abcd.js?location=loc1')).toBe('200 one()');
    await blue.rest.post(`/cdn/distributions/${site.id}/rollbacks`, {});
    await ready(blue, site.id, 1);
    expect(await content(site, '/index.html?location=loc2')).toBe('200 <h1>one</h1>');
  });

  it('never meets another customer on the same addresses', async () => {
    const wish = { locations: ['loc1'], subnet: '190.0.0.0/24', name: 'other' };
    other = (await send(red, '/cdn/distributions', wish, { 'index.html': 'red' })) as DistributionView;
    other = await ready(red, other.id, 1);
    expect(await content(other, '/index.html')).toBe('200 red');
    expect(await content(site, '/index.html')).toBe('200 <h1>one</h1>');
    const answer = await fetch(`${blue.rest.base}/cdn/${other.customerId.slice(0, 31)}/index.html`);
    expect(answer.status).toBe(404);
  });

  it('loses an edge and serves on; the edge is built and filled again', async () => {
    const edge = site.instances.find(({ role, location }) => role === 'edge' && location === 'loc1');
    const api = ['curl', '-sf', '--unix-socket', '/run/nubo/podman.sock', '-X', 'POST'];
    const kill = `http://podman/v4.0.0/libpod/containers/nubo-${edge?.id}/kill?signal=KILL`;
    const { code } = await world.lab.execOnHost('cdn1', [...api, kill]);
    expect(code).toBe(0);
    await until('the others to serve', 10, async () =>
      (await content(site, '/index.html')) === '200 <h1>one</h1>' ? true : undefined,
    );
    await ready(blue, site.id, 1);
    await until('loc1 to serve', 60, async () => {
      const answer = await fetch(`${site.url}/index.html?location=loc1`).catch(() => undefined);
      return answer?.headers.get('x-nubo-location') === 'loc1' ? true : undefined;
    });
  });

  it('goes with all that it had', async () => {
    for (const [who, view] of [
      [blue, site],
      [red, other],
    ] as const)
      await who.rest.delete(`/cdn/distributions/${view.id}`);
    for (const who of [blue, red])
      for (const path of ['/cdn/distributions', '/iaas/containers', '/iaas/vpcs', '/pat/mappings'])
        await until(`${path} to hold nothing of it`, 120, async () =>
          (await who.rest.get<(ResourceView & Kept)[]>(path)).some(isKept) ? undefined : true,
        );
  });
});
