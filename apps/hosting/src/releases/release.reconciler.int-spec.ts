/** The reconciler of releases dies anywhere, and visitors see the release before until the next one is whole. */
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publishProject, type CreatedProjectView, type Principal } from '@nubo/contracts';
import { Run, type Reconciler } from '@nubo/reconcile';
import { contextOf } from '@nubo/testing';
import { ProjectRelease } from '../../../../libs/entities/src/hosting';
import { ProjectFolders } from '../projects/project-folders.driver';
import { ProjectsReconciler } from '../projects/projects.reconciler';
import { HostingWorld } from '../testing/hosting-world';
import { Drafts } from '../sites/drafts.driver';
import { ReleaseReconciler } from './release.reconciler';
import { Upkeep } from './upkeep.service';

jest.setTimeout(60_000);

class Killed extends Error {}

describe('the reconciler of a release', () => {
  let world: HostingWorld;
  let ada: Principal;
  let shop: CreatedProjectView;
  let fence = 0;
  beforeAll(async () => {
    world = await HostingWorld.open({ idle: true });
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    ada = await world.owner();
    shop = await world.create(ada);
    await drive(world.app.get(ProjectsReconciler), shop.id);
  });

  /** The steps that were taken; dies before the one of that number. */
  async function drive(reconciler: Reconciler, id: string, dieBefore = Infinity): Promise<string[]> {
    const steps: string[] = [];
    const beforeStep = (step: string): void => {
      if (steps.length === dieBefore) throw new Killed(step);
      steps.push(step);
    };
    fence += 1;
    const { signal } = new AbortController();
    await reconciler.run(id, new Run({ kind: reconciler.kind, id, fence, attempt: 1, signal, beforeStep }));
    return steps;
  }
  const publish = async (): Promise<string> =>
    (await world.app.call(publishProject, contextOf(ada), { id: shop.id })).id;
  const serve = async (id: string): Promise<void> => {
    await drive(world.app.get(ReleaseReconciler), id);
    await drive(world.app.get(ProjectsReconciler), shop.id);
  };

  it('may die before any step of it, and of the project’s', async () => {
    await world.upload(shop.id, { 'index.html': 'first' });
    await serve(await publish());
    for (let n = 0; n < 4; n += 1) {
      const before = await world.served(shop.hostname);
      await world.upload(shop.id, { 'index.html': `next ${n}`, [`more-${n}.html`]: 'more' });
      const id = await publish();
      await expect(drive(world.app.get(ReleaseReconciler), id, n)).rejects.toThrow(Killed);
      await drive(world.app.get(ProjectsReconciler), shop.id);
      expect(await world.served(shop.hostname)).toEqual(before);
      await serve(id);
      expect(await world.served(shop.hostname)).toMatchObject({ 'index.html': `next ${n}` });
    }
  });

  it('does no harm when it runs twice, and leaves no draft', async () => {
    await world.upload(shop.id, { 'index.html': 'first' });
    const id = await publish();
    await serve(id);
    const row = await world.em.findOneByOrFail(ProjectRelease, { id });
    expect(await drive(world.app.get(ReleaseReconciler), id)).toEqual([]);
    await world.em.update(ProjectRelease, { id }, { state: 'waiting' });
    await serve(id);
    expect(await world.em.findOneByOrFail(ProjectRelease, { id })).toEqual(row);
    expect(await readdir(world.app.get(ProjectFolders).releases(shop.id))).toEqual(['1']);
  });

  it('removes what it had laid out of the release when it died, and what else nobody will finish', async () => {
    const folders = world.app.get(ProjectFolders);
    const [id, site] = ['3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10', folders.site(shop.id)];
    await world.upload(shop.id, { 'index.html': 'first' });
    const release = await publish();
    await mkdir(join(folders.release(shop.id, 1), '..', `.1-${id}`, 'deep'), { recursive: true });
    await serve(release);
    expect(await readdir(folders.releases(shop.id))).toEqual(['1']);

    const hosts = join(folders.sites, 'hosts');
    const drafts = [join(site, `stock.json.${id}`), join(folders.logs(shop.id), `.${id}`)];
    for (const path of drafts) await writeFile(path, 'half');
    await symlink('..', join(hosts, `.${id}`));
    await writeFile(join(hosts, `shop.${id}`), 'a name like any');
    await world.app.get(Upkeep).look();
    expect(await readdir(hosts)).toContain(`.${id}`);
    for (const path of drafts) await utimes(path, 1, 1);
    await world.app.get(Upkeep).look();
    expect(await readdir(site)).toEqual(expect.not.arrayContaining([`stock.json.${id}`]));
    expect(await readdir(folders.logs(shop.id))).toEqual([]);
    await world.app.get(Drafts).sweep(-1_000);
    expect(await readdir(hosts)).toEqual(expect.arrayContaining([`shop.${id}`, shop.hostname]));
    expect(await readdir(hosts)).not.toContain(`.${id}`);
    expect(await world.served(shop.hostname)).toEqual({ 'index.html': 'first' });
  });
});
