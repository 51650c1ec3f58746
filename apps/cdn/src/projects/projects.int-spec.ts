/** Distributions that publish what projects serve. */
import { randomUUID } from 'node:crypto';
import {
  createDistribution,
  createRelease,
  listDistributions,
  listReleases,
  projectChanged,
  rollBack,
  updateDistribution,
  type CreateDistribution,
  type DistributionView,
  type Principal,
  type PublishedProjectView,
  type ReleaseView,
} from '@nubo/contracts';
import { Run } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { CdnRelease, Distribution, DistributionProject } from '../../../../libs/entities/src/cdn';
import { CdnWorld } from '../testing/cdn-world';
import { ProjectsInMemory } from '../testing/projects-in-memory';
import { FollowingReconciler } from './following.reconciler';
import { FollowedProjects } from './projects.store';

jest.setTimeout(60_000);

/** No other test has the same page. */
const site = (page: string) => ({
  ...{ 'index.html': `${page} of ${shop.id}`, 'css/site.css': 'h1 {}', 'empty.txt': '' },
});
const PLACE = { locations: ['loc1', 'loc2'], subnet: '190.0.0.0/24' };

let world: CdnWorld;
let projects: ProjectsInMemory;
let who: Principal;
let shop: PublishedProjectView;

beforeAll(async () => {
  world = await CdnWorld.open();
  projects = new ProjectsInMemory();
  await projects.answer(world.app);
});
afterAll(async () => {
  projects?.stop();
  await world?.stop();
});
beforeEach(async () => {
  who = await world.owner();
  shop = projects.add(who);
  projects.fetched.length = 0;
  projects.before = () => Promise.resolve(undefined);
});

const create = (more: Partial<CreateDistribution> = {}): Promise<DistributionView> =>
  world.app.call(createDistribution, contextOf(who), { ...PLACE, project: shop.name, ...more });
const served = (id: string, release: number): Promise<DistributionView> =>
  world.until(
    who,
    id,
    ({ state, instances }) =>
      state === 'ready' &&
      instances.every((instance) => instance.role !== 'edge' || instance.release === release),
  );
const releases = async (id: string): Promise<ReleaseView[]> =>
  (await world.app.call(listReleases, contextOf(who), { id })).items;
const pathsAt = async (id: string): Promise<string[]> => {
  const { releases: all, release } = await world.inside(id, 'edge', 'loc2');
  return (all.get(release ?? '')?.files ?? []).map(({ path }) => path);
};
async function followed(): Promise<DistributionView> {
  await projects.release(shop.id, 1, site('one'));
  const { id } = await create({ follow: true });
  return served(id, 1);
}

describe('a distribution of a project', () => {
  it('serves the files of the release that the project serves, and names it', async () => {
    await projects.release(shop.id, 1, { 'index.html': 'older' });
    await projects.release(shop.id, 4, site('one'));
    const { id } = await create({ project: shop.id });
    const { project } = await served(id, 1);
    expect(project).toEqual({ id: shop.id, name: shop.name, follow: false, release: 4, gone: false });
    expect(await pathsAt(id)).toEqual(['css/site.css', 'empty.txt', 'index.html']);
    expect(await releases(id)).toMatchObject([{ state: 'active', projectRelease: 4, files: 3, bytes: 48 }]);
    const { items } = await world.app.call(listDistributions, contextOf(who), {});
    expect(items.map((one) => one.project?.name)).toEqual([shop.name]);
  });

  it('is not made of a project of another tenant, whether by its name or its id', async () => {
    await projects.release(shop.id, 1, site('one'));
    const { id, name } = shop;
    who = await world.owner();
    for (const project of [id, name, 'nowhere'])
      await expect(create({ project })).rejects.toMatchObject({
        ...{ kind: 'not_found', code: 'project_not_found' },
        message: expect.stringContaining(project) as string,
      });
    expect(await world.em.countBy(Distribution, { tenantId: who.tenantId ?? '' })).toBe(0);
  });

  it('is not made of a program, nor before there is a release', async () => {
    await expect(create()).rejects.toMatchObject({ kind: 'conflict', code: 'no_release' });
    const program = projects.add(who, 'php');
    await projects.release(program.id, 1, { 'index.php': '<?php' });
    const refused = create({ project: program.name });
    await expect(refused).rejects.toMatchObject({ kind: 'unprocessable', code: 'runs_a_program' });
    expect(await world.em.countBy(Distribution, { tenantId: who.tenantId ?? '' })).toBe(0);
    expect(projects.fetched).toEqual([]);
  });

  it.each([
    [{ content: 'a'.repeat(64) }, 'project'],
    [{ srcdata: 'https://a.example/site.tar' }, 'project'],
    [{ origin: 'http://origin.example/' }, 'origin'],
    [{ project: undefined, content: 'a'.repeat(64), follow: true }, 'follow'],
  ])('is refused with %j', async (more, field) => {
    await projects.release(shop.id, 1, site('one'));
    const error: unknown = await create(more).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: [{ field }] } });
  });

  it('says why a release that is not kept any more cannot be published', async () => {
    await projects.release(shop.id, 1, site('one'));
    projects.forgetRelease(shop.id, 1);
    const { id } = await create();
    const [release] = await eventually(async () => {
      const all = await releases(id);
      return all[0]?.state === 'error' ? all : undefined;
    });
    expect(release?.stateReason).toContain('does not keep release 1');
  });
});

describe('a distribution that follows its project', () => {
  it('publishes its next release by itself, and fetches only what it lacks', async () => {
    const { id } = await followed();
    projects.fetched.length = 0;
    await projects.release(shop.id, 2, site('two'));
    expect((await served(id, 2)).project).toMatchObject({ release: 2, follow: true });
    expect(projects.fetched).toEqual(['index.html']);
  });

  it('goes back with it, and fetches nothing for that', async () => {
    const { id } = await followed();
    await projects.release(shop.id, 2, site('two'));
    await served(id, 2);
    projects.fetched.length = 0;
    await projects.release(shop.id, 1);
    await served(id, 3);
    const [third, , first] = await releases(id);
    expect(third).toMatchObject({ projectRelease: 1, manifest: first?.manifest, shippedBytes: 0 });
    expect(projects.fetched).toEqual([]);
  });

  it('takes a release once, however often it is told of it', async () => {
    const { id } = await followed();
    await projects.release(shop.id, 2, site('two'));
    for (let n = 0; n < 5; n += 1) await world.app.bus.publish(projectChanged, { projectId: shop.id });
    await served(id, 2);
    await projects.release(shop.id, 3, site('three'));
    await served(id, 3);
    expect((await releases(id)).map(({ projectRelease }) => projectRelease)).toEqual([3, 2, 1]);
  });

  it('serves the newest in the end, also when an older one comes later', async () => {
    const { id } = await followed();
    let go = (): void => undefined;
    const held = new Promise<undefined>((resolve) => (go = () => resolve(undefined)));
    projects.before = (release) => (release === 2 ? held : Promise.resolve(undefined));
    await projects.release(shop.id, 2, site('two'));
    await eventually(async () => (await releases(id)).length === 2);
    await projects.release(shop.id, 3, site('three'));
    await served(id, 3);
    go();
    await eventually(async () => (await releases(id)).every(({ state }) => state !== 'waiting'));
    await served(id, 3);
  });

  it('keeps no file that came torn: it is fetched again', async () => {
    const { id } = await followed();
    let torn = 0;
    projects.before = (_release, path) => {
      torn += 1;
      return Promise.resolve(torn === 1 ? `half of ${path}` : undefined);
    };
    await projects.release(shop.id, 2, site('two'));
    await served(id, 2);
    expect(torn).toBe(2);
  });

  it('lets nobody publish beside the project, until it follows it no more', async () => {
    const { id } = await followed();
    const content = await world.content(who, { 'index.html': 'mine' });
    const calls = [
      () => world.app.call(createRelease, contextOf(who), { id, content }),
      () => world.app.call(rollBack, contextOf(who), { id, release: 1 }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'follows_a_project' });
    await world.app.call(updateDistribution, contextOf(who), { id, follow: false });
    for (const call of calls) await call();
    await projects.release(shop.id, 2, site('two'));
    await world.app.call(updateDistribution, contextOf(who), { id, follow: true });
    expect((await served(id, 4)).project).toMatchObject({ release: 2, follow: true });
    expect((await releases(id)).map(({ projectRelease }) => projectRelease)).toEqual([2, 1, null, 1]);
  });

  it('serves what the project serves when it follows it again, whatever was published meanwhile', async () => {
    const { id } = await followed();
    const follow = (wish: boolean) =>
      world.app.call(updateDistribution, contextOf(who), { id, follow: wish });
    await follow(false);
    await follow(true);
    expect(await releases(id)).toHaveLength(1);
    await follow(false);
    const content = await world.content(who, { 'index.html': 'mine' });
    await world.app.call(createRelease, contextOf(who), { id, content });
    await served(id, 2);
    await follow(true);
    await served(id, 3);
    expect((await releases(id)).map(({ projectRelease }) => projectRelease)).toEqual([1, null, 1]);
    await follow(false);
    await world.app.call(rollBack, contextOf(who), { id, release: 2 });
    await follow(true);
    await served(id, 4);
  });

  it('goes on serving the last release when the project is deleted, and shows that it is gone', async () => {
    const { id } = await followed();
    await projects.remove(shop.id);
    const view = await world.until(who, id, ({ project }) => project?.gone === true);
    expect(view.project).toMatchObject({ name: shop.name, release: 1 });
    await served(id, 1);
    const follow = world.app.call(updateDistribution, contextOf(who), { id, follow: true });
    await expect(follow).rejects.toMatchObject({ code: 'project_gone' });
  });

  it('takes nothing more for somebody who may not see the project any more, or is gone', async () => {
    const colleague = { ...who, userId: randomUUID(), role: 'member' as const };
    for (const later of [{ ...who, role: 'member' as const }, undefined]) {
      shop = projects.add(colleague);
      projects.people.set(who.userId, who);
      const { id } = await followed();
      if (later) projects.people.set(who.userId, later);
      else projects.people.delete(who.userId);
      await projects.release(shop.id, 2, site('two'));
      const { project } = await world.until(who, id, (view) => view.project?.gone === true);
      expect(project).toMatchObject({ release: 1 });
      expect(await releases(id)).toHaveLength(1);
    }
  });

  it('cannot follow when it was made of an archive', async () => {
    const { id } = await world.create(who, site('one'));
    const follow = world.app.call(updateDistribution, contextOf(who), { id, follow: true });
    await expect(follow).rejects.toMatchObject({ kind: 'conflict', code: 'no_project' });
  });
});

class Killed extends Error {}

describe('following', () => {
  it('may die before any step, and takes each release once', async () => {
    const { id } = await followed();
    const reconciler = world.app.get(FollowingReconciler);
    let fence = 0;
    const drive = async (dieBefore = Infinity): Promise<void> => {
      let step = 0;
      const beforeStep = (): void => {
        if (step++ === dieBefore) throw new Killed();
      };
      fence += 1;
      const { signal } = new AbortController();
      await reconciler.run(id, new Run({ kind: reconciler.kind, id, fence, attempt: 1, signal, beforeStep }));
    };
    for (const dieBefore of [0, 1]) {
      const before = await world.em.countBy(CdnRelease, { distributionId: id });
      // Only what served it last is forgotten: nothing wakes the platform's own run.
      await world.em.update(DistributionProject, { distributionId: id }, { release: 99 });
      await expect(drive(dieBefore)).rejects.toThrow(Killed);
      expect(await world.em.countBy(CdnRelease, { distributionId: id })).toBe(before);
      await drive();
      await drive();
      expect(await world.em.countBy(CdnRelease, { distributionId: id })).toBe(before + 1);
    }
  });

  it('adds one release when two find the same', async () => {
    const { id } = await followed();
    const link = await world.em.findOneByOrFail(DistributionProject, { distributionId: id });
    const store = world.app.get(FollowedProjects);
    await Promise.all([store.take(link, 7), store.take(link, 7)]);
    expect(await world.em.countBy(CdnRelease, { distributionId: id })).toBe(2);
  });
});
