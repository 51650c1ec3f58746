/** A site of a hundred thousand small files on the whole platform: published, changed, rolled back, deleted, while others go on. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreatedProjectView, ProjectReleaseView, ProjectView } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import type { SFTPWrapper } from 'ssh2';
import { HostingBenchWorld } from '../../bench/hosting/sites-world';
import type { RestClient } from '../../demo/rest-client';

const LONG_MS = 1_200_000;
jest.setTimeout(LONG_MS);

/** In folders of a thousand, and as many in one. */
const FOLDERS = 50;
const IN_EACH = 1_000;
const FLAT = 50_000;
const FILES = FOLDERS * IN_EACH + FLAT;
const FEW = 1_000;
/** What a hundred times as many files may cost the process that publishes them. */
const MORE_MIB = 384;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

describe('a site of a hundred thousand files', () => {
  let world: HostingBenchWorld;
  let rest: RestClient;
  let small: CreatedProjectView;
  let large: CreatedProjectView;
  let sftp: SFTPWrapper;
  let peakOfFew: number;

  beforeAll(async () => {
    world = await HostingBenchWorld.open(say);
    rest = world.somebody();
    [small, large] = [
      await world.project(rest, { autoPublish: 'manual' }),
      await world.project(rest, { autoPublish: 'manual' }),
    ];
    lay(small, 'few', FEW);
    for (let folder = 0; folder < FOLDERS; folder += 1) lay(large, `f${folder}`, IN_EACH);
    lay(large, 'flat', FLAT);
    sftp = await world.sftp(large);
  }, LONG_MS);
  afterAll(() => world?.close(), LONG_MS);

  const tree = ({ id }: ProjectView): string => join(world.sites, '..', 'trees', id);
  const blobs = (): number => readdirSync(join(world.sites, '..', 'blobs'), { recursive: true }).length;

  /** No two are alike. */
  function lay(project: ProjectView, name: string, count: number): void {
    const folder = join(tree(project), name);
    mkdirSync(folder, { recursive: true });
    for (let n = 0; n < count; n += 1) writeFileSync(join(folder, `${n}.txt`), `${name} ${n}`);
  }

  async function published(project: ProjectView): Promise<ProjectReleaseView> {
    const path = `/hosting/projects/${project.id}/releases`;
    const began = performance.now();
    const { number } = await rest.post<ProjectReleaseView>(path, {});
    const release = await eventually(
      async () => {
        const found = (await rest.get<ProjectReleaseView[]>(path)).find((one) => one.number === number);
        if (found?.state === 'error') throw new TypeError(found.stateReason ?? 'error');
        return found?.state === 'active' && found;
      },
      { withinMs: LONG_MS / 2, everyMs: 250 },
    );
    say(`release ${number} of ${release.files} files: ${since(began)} s`);
    return release;
  }
  const since = (began: number): string => ((performance.now() - began) / 1_000).toFixed(1);
  const served = (release: number): Promise<unknown> =>
    eventually(async () => {
      const view = await rest.get<ProjectView>(`/hosting/projects/${large.id}`);
      return view.state === 'ready' && view.served === release;
    });

  /** Most memory that the hosting service had during `work`, MiB. */
  async function peakOf(work: () => Promise<unknown>): Promise<number> {
    const folder = `/proc/${world.platform.services.hosting.pid}`;
    writeFileSync(`${folder}/clear_refs`, '5');
    await work();
    const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`${folder}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  }

  /** Another tenant's requests, one after the other, until `work` has ended. */
  async function beside(work: () => Promise<unknown>): Promise<{ answers: number; slowest: number }> {
    const other = world.somebody();
    let [answers, slowest, isOver] = [0, 0, false];
    const visitor = (async () => {
      while (!isOver) {
        const began = performance.now();
        await other.get<ProjectView[]>('/hosting/projects');
        expect(await world.visit(small, '/few/7.txt')).toBe('few 7');
        slowest = Math.max(slowest, performance.now() - began);
        answers += 1;
      }
    })();
    await Promise.all([visitor, work().finally(() => (isOver = true))]);
    say(`${answers} requests of others meanwhile, the slowest ${slowest.toFixed(0)} ms`);
    return { answers, slowest };
  }

  it('is compared with one of a thousand', async () => {
    peakOfFew = await peakOf(async () => {
      expect(await published(small)).toMatchObject({ number: 1, files: FEW });
    });
  });

  it('is published whole, and neither holds up others nor fills the memory', async () => {
    const peak = await peakOf(() =>
      beside(async () => {
        expect(await published(large)).toMatchObject({ number: 1, files: FILES });
      }),
    );
    say(
      `memory of hosting: ${peakOfFew.toFixed(0)} MiB with ${FEW} files, ${peak.toFixed(0)} MiB with ${FILES}`,
    );
    expect(peak - peakOfFew).toBeLessThan(MORE_MIB);
    expect(await world.visit(large, '/f49/999.txt')).toBe('f49 999');
    expect(await world.visit(large, '/flat/49999.txt')).toBe('flat 49999');
  });

  it('is listed over SFTP as it was released', async () => {
    const list = (path: string): Promise<string[]> =>
      new Promise((resolve, reject) =>
        sftp.readdir(path, (error, all) =>
          error ? reject(error) : resolve(all.map(({ filename }) => filename)),
        ),
      );
    expect(await list('/releases')).toEqual(['1']);
    expect(await list('/releases/1')).toHaveLength(FOLDERS + 1);
    expect(await list('/releases/1/f49')).toHaveLength(IN_EACH);
    expect(new Set(await list('/releases/1/flat')).size).toBe(FLAT);
  });

  it('costs its next release what has changed', async () => {
    const before = blobs();
    for (const n of [1, 2, 3]) writeFileSync(join(tree(large), 'flat', `${n}.txt`), `changed ${n}`);
    await beside(async () => {
      expect(await published(large)).toMatchObject({ number: 2, files: FILES });
    });
    expect(blobs() - before).toBe(3);
    const inode = (release: number, path: string): number =>
      statSync(join(world.sites, large.id, 'releases', String(release), path)).ino;
    expect(inode(2, 'f1/1.txt')).toBe(inode(1, 'f1/1.txt'));
    expect(inode(2, 'flat/1.txt')).not.toBe(inode(1, 'flat/1.txt'));
    expect(await world.visit(large, '/flat/1.txt')).toBe('changed 1');
  });

  it('goes back at once', async () => {
    const began = performance.now();
    await rest.post(`/hosting/projects/${large.id}/rollbacks`, {});
    await served(1);
    say(`rolled back: ${since(began)} s`);
    expect(await world.visit(large, '/flat/1.txt')).toBe('flat 1');
  });

  it('is deleted with all of it, and others go on', async () => {
    const began = performance.now();
    await beside(async () => {
      await rest.delete(`/hosting/projects/${large.id}`);
      const isLeft = (): boolean =>
        [world.sites, join(world.sites, '..', 'trees')].some((folder) =>
          readdirSync(folder).includes(large.id),
        );
      await eventually(() => Promise.resolve(!isLeft()), { withinMs: LONG_MS / 2, everyMs: 500 });
    });
    say(`deleted: ${since(began)} s`);
  });
});
