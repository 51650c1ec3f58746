/** A content provider publishes on real hosts, and people fetch from the locations that they name. */
import { createHmac } from 'node:crypto';
import type { DistributionView, ReleaseView, VmView, SigningKeyView } from '@nubo/contracts';
import { Client } from 'pg';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { Origin } from './origin';
import { PlatformDoors } from './platform-doors';
import { Publisher, type Files } from './publisher';
import { furnishedWorld } from './surroundings';
import { Wire } from './wire';

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
  let site: DistributionView;
  let other: DistributionView;
  /** Of Ada, in the second location. */
  let guest: VmView;
  let pulled: DistributionView;
  let ada: TenantOfTheStory;
  let grace: TenantOfTheStory;
  let origin: Origin;

  beforeAll(async () => {
    world = await furnishedWorld('cdn');
    const [first, second] = world.tenants;
    if (!first || !second) throw new Error('two tenants are needed');
    [ada, grace] = [first, second];
    [blue, red] = [new Publisher(ada), new Publisher(grace)];
    origin = new Origin(world);
    origin.start(900);
  }, LONG_MS);

  afterAll(async () => {
    await origin?.end();
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

  const wire = (who: TenantOfTheStory, view: DistributionView, role: string): Promise<Wire> => {
    const found = view.instances.find((one) => one.role === role && one.location === 'loc1');
    return Wire.of(world, who, found?.id);
  };

  it('is heard by its own instances, and by none of another customer on the same addresses', async () => {
    const [blueHost, blueEdge] = [await wire(ada, site, 'host'), await wire(ada, site, 'edge')];
    const [redHost, redEdge] = [await wire(grace, other, 'host'), await wire(grace, other, 'edge')];
    const heard = (all: Wire[]) => Promise.all(all.map((one) => one.heard()));
    await blueHost.sendToAll();
    const [byBlue = 0, ...byRed] = await heard([blueEdge, redEdge, redHost]);
    expect(byBlue).toBeGreaterThan(0);
    expect(byRed).toEqual([0, 0]);
    await redHost.sendToAll();
    expect(await heard([redEdge, blueEdge])).toEqual([expect.any(Number), byBlue]);
    expect(await redEdge.heard()).toBeGreaterThan(0);
    const before = await redEdge.heard();
    await blueEdge.sendTo(redEdge.address, await redEdge.mac());
    expect(await redEdge.heard()).toBe(before);
    await redHost.sendTo(redEdge.address, await redEdge.mac());
    expect(await redEdge.heard()).toBe(before + 1);
  });

  it('finds its own content at every address of its network, and nobody else’s', async () => {
    const addresses = [...site.instances, ...other.instances].map(({ address }) => address ?? '');
    const [blueEdge, redEdge] = [await wire(ada, site, 'edge'), await wire(grace, other, 'edge')];
    const [byBlue, byRed] = [await blueEdge.pages(addresses), await redEdge.pages(addresses)];
    expect(byBlue).toContain('<h1>one</h1>');
    expect(byBlue).not.toContain('red');
    expect(byRed).toContain('red');
    expect(byRed).not.toContain('<h1>one</h1>');
  });

  it('reaches nothing of the platform from an edge, where others do', async () => {
    const doors = await PlatformDoors.open(world);
    try {
      expect(await doors.fromOutside(world)).toEqual(doors.places);
      const edge = await wire(ada, site, 'edge');
      const there = origin.url.replace('http://', '').replace(':', ' ');
      expect(await edge.opens([there, ...doors.places])).toEqual([there]);
    } finally {
      doors.close();
    }
  });

  it('keeps its content apart from that of a customer whose ID differs in its end alone', async () => {
    const database = new Client(world.platform.databaseUrl);
    await database.connect();
    const rename = (customerId: string) =>
      database.query('UPDATE cdn.distributions SET customer_id = $1 WHERE id = $2', [customerId, other.id]);
    const id = site.customerId;
    const renamed = { ...other, customerId: id.slice(0, -1) + (id.endsWith('0') ? '1' : '0') };
    const status = async (customerId: string) => (await red.fetch({ ...other, customerId }, '/')).status;
    try {
      await rename(renamed.customerId);
      await until('its new ID to be known', 20, async () => {
        const said = await red.content(renamed, '/');
        if (said === '200 red') return true;
        throw new Error(said);
      });
      expect(await blue.content(site, '/')).toBe('200 <h1>one</h1>');
      expect(await red.content(renamed, '/img/logo.svg')).toMatch(/^404/);
      expect(await Promise.all([id.slice(0, -1), id.slice(0, 8), `${id}0`].map(status))).toEqual([
        404, 404, 404,
      ]);
    } finally {
      await rename(other.customerId);
      await database.end();
    }
  });

  it('pulls what an origin has, once however many ask, and keeps it until it is purged', async () => {
    const wish = { origin: origin.url, locations: ['loc1', 'loc2'], subnet: '190.0.0.0/24', name: 'pulled' };
    pulled = await ada.rest.post('/cdn/distributions', wish);
    pulled = await blue.ready(pulled.id, null);
    const all = Array.from({ length: 20 }, (_, n) =>
      blue.content(pulled, `/slow?location=loc${1 + (n % 2)}`),
    );
    expect(new Set(await Promise.all(all))).toEqual(new Set(['200 /slow 1']));
    for (const path of ['/img/a', '/img/b', '/page']) await blue.content(pulled, path);
    const kept = await blue.fetch(pulled, '/slow?location=loc2');
    expect(kept.headers.get('x-nubo-cache')).toBe('HIT');
    expect(await origin.asked()).toEqual({ '/slow': 1, '/img/a': 1, '/img/b': 1, '/page': 1 });
    for (const [purge, counts] of [
      [{ kind: 'path', path: '/page' }, [1, 1, 1, 2]],
      [{ kind: 'prefix', path: '/img/' }, [1, 2, 2, 2]],
      [{ kind: 'all' }, [2, 3, 3, 3]],
    ] as const) {
      await ada.rest.post(`/cdn/distributions/${pulled.id}/purges?wait=20s`, purge);
      for (const [n, path] of ['/slow', '/img/a', '/img/b', '/page'].entries())
        for (const location of pulled.locations)
          await until(`${path} of ${location} after ${purge.kind}`, 20, async () => {
            return (
              (await blue.content(pulled, `${path}?location=${location}`)) === `200 ${path} ${counts[n]}`
            );
          });
    }
    expect(Object.values(await origin.asked())).toEqual([2, 3, 3, 3]);
  });

  it('opens what is signed with either of its keys, at both doors, and nothing else', async () => {
    const keys = `/cdn/distributions/${pulled.id}/keys`;
    const signed = ({ id, secret }: SigningKeyView, lasts = 600): string => {
      const expires = Math.floor(Date.now() / 1_000) + lasts;
      const signature = createHmac('sha256', secret ?? '')
        .update(`/page\n${expires}`)
        .digest('hex');
      return `expires=${expires}&key=${id}&signature=${signature}`;
    };
    const statuses = async (query: string, path = '/page'): Promise<number[]> => [
      (await blue.fetch(pulled, `${path}?${query}`)).status,
      (await fetch(`${pulled.url}${path}?${query}`)).status,
    ];
    const become = (query: string, status: number) =>
      until(`${status} for ${query}`, 20, async () => (await statuses(query)).every((one) => one === status));
    const old = await ada.rest.post<SigningKeyView>(keys, {});
    await become('', 403);
    await become(signed(old), 200);
    expect(await statuses(signed(old, -1))).toEqual([403, 403]);
    expect(await statuses(signed(old), '/img/a')).toEqual([403, 403]);
    expect(await statuses(signed({ ...old, secret: `${old.secret}x` }))).toEqual([403, 403]);
    const next = await ada.rest.post<SigningKeyView>(keys, {});
    await become(signed(next), 200);
    expect(await statuses(signed(old))).toEqual([200, 200]);
    await ada.rest.delete(`${keys}/${old.id}`);
    await become(signed(old), 403);
    expect(await statuses(signed(next))).toEqual([200, 200]);
    const soon = signed(next, 2);
    expect(await statuses(soon)).toEqual([200, 200]);
    await become(soon, 403);
    expect((await origin.asked())['/page']).toBe(3);
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
    await blue.leave([site, pulled]);
    await red.leave([other]);
  });
});
