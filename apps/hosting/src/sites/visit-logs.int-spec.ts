import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { HostingWorld } from '../testing/hosting-world';
import { ProjectFolders } from '../projects/project-folders.driver';
import { Upkeep } from '../releases/upkeep.service';
import { VisitLogs } from './visit-logs.driver';

jest.setTimeout(60_000);

const LIMIT = 1_000;

describe('the log of a site’s visitors', () => {
  let world: HostingWorld;
  let logs: VisitLogs;
  let folders: ProjectFolders;
  const site = '9f0c6a1e-7f0b-4f8e-9a55-0c8f7a3a1b11';
  beforeAll(async () => {
    world = await HostingWorld.open({ idle: true, settings: { NUBO_HOSTING_LOG_BYTES: String(LIMIT) } });
    logs = world.app.get(VisitLogs);
    folders = world.app.get(ProjectFolders);
    await mkdir(folders.logs(site), { recursive: true });
  });
  afterAll(() => world?.stop());

  /** As a web server does: at the end of what is there, or in a new file. */
  const visit = (line: string, times = 1): Promise<void> =>
    writeFile(folders.log(site), `${line}\n`.repeat(times), { flag: 'a' });

  it('stays one file while it is small', async () => {
    await visit('first', 3);
    expect(await logs.rotate()).toBe(0);
    expect(await readdir(folders.logs(site))).toEqual(['access.log']);
    expect(await logs.tail(site, 2)).toBe('first\nfirst\n');
  });

  it('is moved away when it has grown, and its last lines are still shown', async () => {
    await visit('second', 200);
    expect(await logs.rotate()).toBe(1);
    expect(await logs.rotate()).toBe(0);
    expect(await logs.tail(site, 2)).toBe('second\nsecond\n');
    await visit('third');
    expect(await logs.tail(site, 2)).toBe('second\nthird\n');
  });

  it('never is more than four files, the oldest go', async () => {
    for (const round of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await visit(round, LIMIT);
      await world.app.get(Upkeep).lookAtLogs();
    }
    await visit('now');
    const names = (await readdir(folders.logs(site))).sort();
    expect(names).toEqual(['access.log', 'access.log.1', 'access.log.2', 'access.log.3']);
    const begins = names.map(async (name) => (await readFile(`${folders.logs(site)}/${name}`, 'utf8'))[0]);
    expect(await Promise.all(begins)).toEqual(['n', 'f', 'e', 'd']);
    expect((await stat(folders.log(site))).size).toBeLessThan(LIMIT);
  });

  it('is looked at once, however many replicas there are', async () => {
    await visit('x', LIMIT);
    await Promise.all([1, 2, 3, 4].map(() => world.app.get(Upkeep).lookAtLogs()));
    const old = await readFile(`${folders.log(site)}.1`, 'utf8');
    expect(old).toContain('x\nx\n');
    expect(await readFile(`${folders.log(site)}.2`, 'utf8')).toMatch(/^f/);
  });

  it('is read as far back as one message holds, whatever visitors ask for', async () => {
    await visit(`"GET /${'\\xFF'.repeat(2_000)}" 404`, 200);
    await visit('last');
    const text = await logs.tail(site, 1_000);
    expect(text).toMatch(/last\n$/);
    expect(JSON.stringify(text).length).toBeLessThan(900_000);
  });

  it('leads nowhere else: a link is not read', async () => {
    await rm(folders.logs(site), { recursive: true });
    await mkdir(folders.logs(site));
    await symlink('/etc/passwd', folders.log(site));
    expect(await logs.tail(site, 10)).toBe('');
    expect(await logs.rotate()).toBe(0);
  });
});
