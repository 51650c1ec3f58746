/** The process of hosting is killed at any moment of a publication: one release is served, whole, and nothing is left over. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CreatedProjectView, ProjectReleaseView } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import type { HostingConfig } from '../../apps/hosting/src/hosting.config';
import { ProjectFolders } from '../../apps/hosting/src/projects/project-folders.driver';
import { Blobs } from '../../apps/hosting/src/releases/blobs.driver';
import { Drafts } from '../../apps/hosting/src/sites/drafts.driver';
import { HostingBenchWorld } from '../../bench/hosting/sites-world';
import type { RestClient } from '../../demo/rest-client';
import { Chance } from './chance';

const LONG_MS = 600_000;
jest.setTimeout(LONG_MS);

const FILES = 1_000;
const ROUNDS = 8;
const KEPT = 5;
const SEED = 20_261_126;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const names = Array.from({ length: FILES }, (_, n) => `${n}.html`);

describe('kill -9 of hosting while it publishes', () => {
  const chance = new Chance(SEED);
  let world: HostingBenchWorld;
  let rest: RestClient;
  let site: CreatedProjectView;
  /** How long a release takes that nobody disturbs, ms. */
  let usual: number;

  beforeAll(async () => {
    world = await HostingBenchWorld.open(say);
    rest = world.somebody();
    site = await world.project(rest, { autoPublish: 'manual', keepReleases: KEPT });
    const began = performance.now();
    await active(await publish(1));
    usual = performance.now() - began;
  }, LONG_MS);
  afterAll(() => world?.close(), LONG_MS);

  const folder = (): string => join(world.sites, '..');
  const releases = (): Promise<ProjectReleaseView[]> =>
    rest.get<ProjectReleaseView[]>(`/hosting/projects/${site.id}/releases`);

  /** Every file says of which release it is. */
  async function publish(release: number): Promise<number> {
    for (const name of names) writeFileSync(join(folder(), 'trees', site.id, name), `${release} ${name}`);
    const path = `/hosting/projects/${site.id}/releases`;
    return (await rest.post<ProjectReleaseView>(path, {})).number;
  }
  const active = (number: number): Promise<unknown> =>
    eventually(
      async () => (await releases()).some((one) => one.number === number && one.state === 'active'),
      { withinMs: 120_000, everyMs: 100 },
    );

  async function killed(): Promise<void> {
    const { hosting } = world.platform.services;
    const { pid } = hosting;
    hosting.kill('SIGKILL');
    await hosting.untilReady();
    expect(hosting.pid).not.toBe(pid);
  }

  /** Two files are of one release, unless another release came between them; each file is there, and as it was uploaded. */
  async function visitUntil(isOver: () => boolean): Promise<Set<string>> {
    const seen = new Set<string>();
    const look = async (name: string): Promise<string> => {
      const [release = '', said] = (await world.visit(site, `/${name}`)).split(' ');
      expect(said).toBe(name);
      return release;
    };
    while (!isOver()) {
      const before = await look('0.html');
      const between = await look(chance.pick(names) ?? '0.html');
      const after = await look('0.html');
      if (before === after) expect(between).toBe(before);
      seen.add(after);
    }
    return seen;
  }

  it('leaves what is served as it is until the next release is whole', async () => {
    let isOver = false;
    const visitor = visitUntil(() => isOver);
    visitor.catch(() => undefined);
    try {
      for (let release = 2; release <= ROUNDS + 1; release += 1) {
        const number = await publish(release);
        await pause(chance.between(0, usual));
        const was = (await releases().catch(() => [])).find((one) => one.number === number)?.state;
        await killed();
        const began = performance.now();
        await active(number);
        say(
          `killed while release ${number} was ${was}: active after ${Math.round(performance.now() - began)} ms`,
        );
      }
    } finally {
      isOver = true;
    }
    const seen = await visitor;
    expect(seen).toContain(String(ROUNDS + 1));
  });

  it('leaves one release that is served, and whole ones beside it', async () => {
    const all = await eventually(async () => {
      const now = await releases();
      return now.length === KEPT && now;
    });
    expect(all.filter(({ state }) => state === 'active').map(({ number }) => number)).toEqual([ROUNDS + 1]);
    const kept = all.map(({ number }) => String(number)).sort();
    expect(all.filter(({ state }) => !['active', 'ready'].includes(state))).toEqual([]);
    const at = join(world.sites, site.id, 'releases');
    await eventually(() => Promise.resolve(readdirSync(at).sort().join() === kept.join()));
    for (const number of kept) {
      expect(readdirSync(join(at, number))).toHaveLength(FILES);
      for (const name of names)
        expect(readFileSync(join(at, number, name), 'utf8')).toBe(`${number} ${name}`);
    }
  });

  it('leaves nothing else once it is swept', async () => {
    const config = { folder: folder() } as HostingConfig;
    await world.platform.services.hosting.stop();
    const drafts = await new Drafts(new ProjectFolders(config)).sweep(-1_000);
    const blobs = await new Blobs(config).sweep(-1_000);
    say(`${ROUNDS} kills left ${drafts} drafts, and ${blobs} contents that no release has`);
    expect(readdirSync(join(folder(), 'incoming'))).toEqual([]);
    const kept = readdirSync(join(world.sites, site.id, 'releases'));
    const known = ['logs', 'releases', 'stock.json', ...kept.map((number) => `${number}.json`)];
    expect(readdirSync(join(world.sites, site.id)).sort()).toEqual(known.sort());
    expect(readdirSync(join(world.sites, 'hosts'))).toEqual([site.hostname]);
    const files = readdirSync(join(folder(), 'blobs'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    );
    expect(files).toHaveLength(FILES * KEPT);
    for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).nlink).toBe(2);
  });
});
