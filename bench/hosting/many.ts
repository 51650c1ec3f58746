/** What thousands of sites cost the web server, and what adding one costs when they are there. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantile } from '../load';
import { table } from '../report';
import { usageOf } from '../usage';
import { scaled, write, type HostingBenchWorld, type Say } from './sites-world';

const SITES = scaled(5_000);
const ADDED = scaled(20);
/** A user may have three projects. */
const OF_ONE_USER = 3;

export async function manySites(world: HostingBenchWorld, say: Say): Promise<string> {
  const fresh = usageOf(world.webPid).rssMib;
  say(`laying out ${SITES} sites`);
  const hostnames = await layOut(world);
  const laid = usageOf(world.webPid).rssMib;
  say('visiting each of them');
  const visits = await visitAll(world, hostnames);
  const visited = usageOf(world.webPid).rssMib;
  say(`adding ${ADDED} sites`);
  const [made, live] = await addSome(world);
  const times = (title: string, all: number[]): string[] => [
    title,
    ...[0.5, 0.95, 1].map((q) => quantile(all, q).toFixed(1)),
  ];
  return [
    `${SITES} static sites in one nginx:`,
    '',
    table(
      ['', 'p50 ms', 'p95 ms', 'slowest ms'],
      [
        times('first visit of a site', visits),
        times('add a site: request → ready', made),
        times('its first upload: request → live', live),
      ],
    ),
    '',
    `- Memory of nginx (master and two workers): **${fresh.toFixed(1)} MiB** without sites, ${laid.toFixed(1)} MiB with ${SITES}, **${visited.toFixed(1)} MiB** after a visit of each. No site is in its configuration: none is a reload.`,
    '',
  ].join('\n');
}

/** As the hosting service lays them out, and with their rows. */
async function layOut(world: HostingBenchWorld): Promise<string[]> {
  const hosts = join(world.sites, 'hosts');
  mkdirSync(hosts, { recursive: true });
  const sites = Array.from({ length: SITES }, (_, n) => ({ id: randomUUID(), name: `many-${n}` }));
  const hostnames = sites.map(({ name }) => `${name}.sites.nubo.test`);
  for (const [n, { id, name }] of sites.entries()) {
    const site = join(world.sites, id);
    mkdirSync(join(site, 'releases', '1'), { recursive: true });
    mkdirSync(join(site, 'logs'));
    // The web server is another user.
    chmodSync(join(site, 'logs'), 0o777);
    writeFileSync(join(site, 'releases', '1', 'index.html'), `<h1>${name}</h1>`);
    symlinkSync(join('..', id, 'releases', '1'), join(hosts, hostnames[n]));
  }
  for (const folder of [world.sites, hosts]) chmodSync(folder, 0o755);
  await world.query(
    `INSERT INTO hosting.projects (id, name, user_id, state, observed_generation, template, login, password_hash, keep_releases, auto_publish, quiet_seconds, release, last_release, served)
     SELECT id, name, 'bench', 'ready', 1, 'static', name, 'none', 5, 'manual', 3, 1, 1, 1 FROM unnest($1::uuid[], $2::text[]) AS s(id, name)`,
    [sites.map(({ id }) => id), sites.map(({ name }) => name)],
  );
  return hostnames;
}

async function visitAll(world: HostingBenchWorld, hostnames: string[]): Promise<number[]> {
  const times: number[] = [];
  for (const hostname of hostnames) {
    const began = performance.now();
    const body = await world.visit({ hostname });
    if (body !== `<h1>${hostname.split('.')[0]}</h1>`) throw new Error(`${hostname} says ${body}`);
    times.push(performance.now() - began);
  }
  return sorted(times);
}

async function addSome(world: HostingBenchWorld): Promise<[number[], number[]]> {
  const made: number[] = [];
  const live: number[] = [];
  let rest = world.somebody();
  for (let n = 0; n < ADDED; n += 1) {
    if (n % OF_ONE_USER === 0) rest = world.somebody();
    const began = performance.now();
    const site = await world.make(rest, { autoPublish: 'manual' });
    made.push(performance.now() - began);
    await rest.post(`/hosting/projects/${site.id}/ssh-keys`, { key: world.sshKey.publicKey });
    await write(await world.sftp(site), 'index.html', `site ${n}`);
    const asked = performance.now();
    await rest.post(`/hosting/projects/${site.id}/releases`, {});
    live.push(await world.untilLive(site, `site ${n}`, asked));
  }
  return [sorted(made), sorted(live)];
}

const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
