/** A content provider publishes on real hosts, and people fetch from the locations that they name. */
import type { DistributionView, ReleaseView, VmView } from '@nubo/contracts';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { Publisher, type Files } from './publisher';
import { furnishedWorld } from './surroundings';

const LONG_MS = 240_000;
jest.setTimeout(LONG_MS);

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

describe('a content provider', () => {
  let world: World;
  let blue: Publisher;
  let red: Publisher;
  let ada: TenantOfTheStory;
  let grace: TenantOfTheStory;
  let site: DistributionView;
  let other: DistributionView;
  /** Of Ada, in the second location. */
  let guest: VmView;

  beforeAll(async () => {
    world = await furnishedWorld('cdn');
    const [first, second] = world.tenants;
    if (!first || !second) throw new Error('two tenants are needed');
    [ada, grace] = [first, second];
    [blue, red] = [new Publisher(ada), new Publisher(grace)];
  }, LONG_MS);

  afterAll(async () => {
    await world?.saveLogs('e2e-cdn');
    await world?.close();
  }, LONG_MS);

  it('gets a Customer ID for an archive, and edges at the locations it named', async () => {
    const vm = { name: 'guest', imageId: world.image.id, memory: 128, location: 'loc2' };
    guest = await ada.rest.post<VmView>('/iaas/vms', vm);
    const wish = { srcdata: 'site.tar', locations: ['loc1', 'loc2'], Subnet: '190.0.0.0/24', name: 'site' };
    site = await blue.send('/cdn/distributions', wish, ONE);
    expect(site.customerId).toMatch(/^[0-9a-f]{32}$/);
    site = await blue.ready(site.id, 1);
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
    expect(await blue.content(site, `/index.html?location=${location}`)).toBe('200 <h1>one</h1>');
    const answer = await blue.fetch(site, `/img/logo.svg?location=${location}`);
    expect(answer.headers.get('x-nubo-location')).toBe(location);
    expect(answer.headers.get('content-type')).toContain('image/svg+xml');
  });

  it('is fetched near the user who asks, through the gateway and at the controller', async () => {
    await until('the VM to run', 60, async () => {
      const { state } = await ada.rest.get<VmView>(`/iaas/vms/${guest.id}`);
      return state === 'running' ? true : undefined;
    });
    const from = async (answer: Promise<Response>) => (await answer).headers.get('x-nubo-location');
    const places = async (ask: () => Promise<Response>) =>
      new Set(await Promise.all(Array.from({ length: 8 }, () => from(ask()))));
    const of = (user: string) => places(() => blue.fetch(site, `/?user=${encodeURIComponent(user)}`));
    expect(await of(ada.email)).toEqual(new Set(['loc2']));
    expect(await places(() => fetch(`${site.url}/?near=loc2`))).toEqual(new Set(['loc2']));
    // Of another tenant and nobody's: each to one place, as if it were somebody's.
    for (const name of [grace.email, 'nobody']) expect((await of(name)).size).toBe(1);
    await ada.rest.delete(`/iaas/vms/${guest.id}`);
  });

  it('is led on to folders, through the gateway too', async () => {
    const { base } = ada.rest;
    const url = `${base}/cdn/${site.customerId}/docs?location=loc2`;
    const { headers } = await fetch(url, { redirect: 'manual' });
    expect(headers.get('location')).toBe(`/cdn/${site.customerId}/docs/?location=loc2`);
    expect(await (await fetch(url)).text()).toBe('d1');
  });

  it('serves a second release everywhere, and goes back', async () => {
    const release = await blue.send<ReleaseView>(`/cdn/distributions/${site.id}/releases`, {}, TWO);
    expect(release.number).toBe(2);
    await blue.ready(site.id, 2);
    for (const location of ['loc1', 'loc2'])
      expect(await blue.content(site, `/index.html?location=${location}`)).toBe('200 <h1>two</h1>');
    expect(await blue.content(site, '/app.0123abcd.js?location=loc1')).toBe('200 one()');
    await ada.rest.post(`/cdn/distributions/${site.id}/rollbacks`, {});
    await blue.ready(site.id, 1);
    expect(await blue.content(site, '/index.html?location=loc2')).toBe('200 <h1>one</h1>');
  });

  it('never meets another customer on the same addresses', async () => {
    const wish = { locations: ['loc1'], subnet: '190.0.0.0/24', name: 'other' };
    other = await red.send('/cdn/distributions', wish, { 'index.html': 'red' });
    other = await red.ready(other.id, 1);
    expect(await blue.content(other, '/index.html')).toBe('200 red');
    expect(await blue.content(site, '/index.html')).toBe('200 <h1>one</h1>');
    const part = { ...other, customerId: other.customerId.slice(0, 31) };
    const answer = await blue.fetch(part, '/index.html');
    expect(answer.status).toBe(404);
  });

  it('loses an edge and serves on; the edge is built and filled again', async () => {
    const edge = site.instances.find(({ role, location }) => role === 'edge' && location === 'loc1');
    const api = ['curl', '-sf', '--unix-socket', '/run/nubo/podman.sock', '-X', 'POST'];
    const kill = `http://podman/v4.0.0/libpod/containers/nubo-${edge?.id}/kill?signal=KILL`;
    const { code } = await world.lab.execOnHost('cdn1', [...api, kill]);
    expect(code).toBe(0);
    await until('the others to serve', 10, async () =>
      (await blue.content(site, '/index.html')) === '200 <h1>one</h1>' ? true : undefined,
    );
    await blue.ready(site.id, 1);
    await until('loc1 to serve', 60, async () => {
      const answer = await fetch(`${site.url}/index.html?location=loc1`).catch(() => undefined);
      return answer?.headers.get('x-nubo-location') === 'loc1' ? true : undefined;
    });
  });

  it('goes with all that it had', async () => {
    await blue.leave([site]);
    await red.leave([other]);
  });
});
