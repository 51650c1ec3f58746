/** Publishing by itself dies anywhere: what was uploaded is published, and once. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { publishProject, type CreatedProjectView, type Principal } from '@nubo/contracts';
import { Run, type Outcome } from '@nubo/reconcile';
import { contextOf } from '@nubo/testing';
import { Project, ProjectRelease } from '../../../../libs/entities/src/hosting';
import { ProjectFolders } from '../projects/project-folders.driver';
import { ProjectsReconciler } from '../projects/projects.reconciler';
import { HostingWorld } from '../testing/hosting-world';
import { LostSessions } from './lost-sessions.service';
import { PublicationReconciler } from './publication.reconciler';
import { ReleaseReconciler } from './release.reconciler';
import { Stocktaking } from './stock.driver';
import { Upkeep } from './upkeep.service';

jest.setTimeout(60_000);

class Killed extends Error {}

describe('publishing by itself', () => {
  let world: HostingWorld;
  let ada: Principal;
  let shop: CreatedProjectView;
  let session: string;
  let fence = 0;
  beforeAll(async () => {
    world = await HostingWorld.open({ idle: true });
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    ada = await world.owner();
    shop = await world.create(ada, { quietSeconds: 1 });
    await drive(ProjectsReconciler, shop.id);
    session = await world.session(shop);
  });

  type Kind = typeof ProjectsReconciler | typeof PublicationReconciler | typeof ReleaseReconciler;
  async function drive(kind: Kind, id: string, dieBefore = Infinity): Promise<Outcome> {
    let steps = 0;
    const beforeStep = (step: string): void => {
      if (steps === dieBefore) throw new Killed(step);
      steps += 1;
    };
    fence += 1;
    const reconciler: ProjectsReconciler | PublicationReconciler | ReleaseReconciler = world.app.get(
      kind as new (...args: never[]) => ProjectsReconciler,
    );
    const { signal } = new AbortController();
    return reconciler.run(id, new Run({ kind: reconciler.kind, id, fence, attempt: 1, signal, beforeStep }));
  }
  /** Something was written long enough ago. */
  async function written(files: Record<string, string>): Promise<void> {
    await world.upload(shop.id, files);
    await world.note(session, { touched: true });
    await world.em.query(`UPDATE projects SET touched_at = touched_at - interval '1 minute' WHERE id = $1`, [
      shop.id,
    ]);
  }
  const releases = (): Promise<ProjectRelease[]> =>
    world.em.find(ProjectRelease, { where: { projectId: shop.id }, order: { number: 'ASC' } });

  it('may die before any step, and publishes once what was uploaded', async () => {
    for (const dieBefore of [0, 1]) {
      const before = await releases();
      await written({ 'index.html': `number ${dieBefore}` });
      await expect(drive(PublicationReconciler, shop.id, dieBefore)).rejects.toThrow(Killed);
      expect(await releases()).toEqual(before);
      await drive(PublicationReconciler, shop.id);
      await drive(PublicationReconciler, shop.id);
      const [added, ...more] = (await releases()).slice(before.length);
      expect(more).toEqual([]);
      await drive(ReleaseReconciler, added?.id ?? '');
      await drive(ProjectsReconciler, shop.id);
      expect(await world.served(shop.hostname)).toEqual({ 'index.html': `number ${dieBefore}` });
    }
  });

  it('that died after its release was added does not add another, and the release is finished', async () => {
    await written({ 'index.html': 'one' });
    await drive(PublicationReconciler, shop.id);
    const [release] = await releases();
    await expect(drive(ReleaseReconciler, release?.id ?? '', 2)).rejects.toThrow(Killed);
    await drive(PublicationReconciler, shop.id);
    expect(await releases()).toHaveLength(1);
    await drive(ReleaseReconciler, release?.id ?? '');
    await drive(ProjectsReconciler, shop.id);
    expect(await world.served(shop.hostname)).toEqual({ 'index.html': 'one' });
  });

  it('of two sessions at once waits for both, and is one release of what both wrote', async () => {
    const other = await world.session(shop);
    await world.note(other, { writers: 1 });
    await written({ 'mine.html': 'mine' });
    expect(await drive(PublicationReconciler, shop.id)).toMatchObject({ is: 'waiting' });
    expect(await releases()).toEqual([]);
    await world.note(other, { writers: 0 });
    await written({ 'theirs.html': 'theirs' });
    await drive(PublicationReconciler, shop.id);
    const all = await releases();
    expect(all).toHaveLength(1);
    await drive(ReleaseReconciler, all[0]?.id ?? '');
    await drive(ProjectsReconciler, shop.id);
    expect(Object.keys(await world.served(shop.hostname)).sort()).toEqual(['mine.html', 'theirs.html']);
  });

  /** Nothing was heard of the session for a minute, and it is looked at. */
  async function lose(): Promise<void> {
    const sql = `UPDATE sftp_sessions SET seen_at = seen_at - interval '1 minute' WHERE id = $1`;
    await world.em.query(sql, [session]);
    await world.app.get(LostSessions).look();
  }
  const isTouched = async (): Promise<boolean> => {
    const { touchedAt, releasedTouch } = await world.em.findOneByOrFail(Project, { id: shop.id });
    return touchedAt !== null && touchedAt.getTime() !== releasedTouch?.getTime();
  };
  async function publishQuiet(): Promise<void> {
    const sql = `UPDATE projects SET touched_at = touched_at - interval '1 minute' WHERE id = $1`;
    await world.em.query(sql, [shop.id]);
    await drive(PublicationReconciler, shop.id);
  }

  it('is of what a session wrote, too, that died before it told', async () => {
    await world.upload(shop.id, { 'deep/down/index.html': 'untold' });
    await lose();
    const sql = `SELECT 1 FROM work WHERE kind = 'publication' AND resource_id = $1`;
    expect(await world.em.query(sql, [shop.id])).toHaveLength(1);
    await publishQuiet();
    expect(await releases()).toHaveLength(1);
    await lose();
    expect(await isTouched()).toBe(false);
    expect(await world.note(session, {})).toBe(204);
    await lose();
    expect(await isTouched()).toBe(true);
  });

  it('is still to be looked for when a session that died is forgotten', async () => {
    await world.upload(shop.id, { 'index.html': 'untold' });
    const sql = `UPDATE sftp_sessions SET seen_at = seen_at - interval '2 hours' WHERE id = $1`;
    await world.em.query(sql, [session]);
    await world.app.get(Upkeep).look();
    await world.app.get(LostSessions).look();
    expect(await isTouched()).toBe(true);
    await world.app.get(Upkeep).look();
    expect(await world.note(session, {})).toBe(404);
  });

  it('does not come of a session that died and had written nothing', async () => {
    const look = jest.spyOn(world.app.get(Stocktaking), 'changedSince').mockResolvedValue(false);
    await lose();
    expect(look).toHaveBeenCalledWith(shop.id, expect.any(Number));
    expect(await isTouched()).toBe(false);
    look.mockRestore();
  });

  it('is of what is written, renamed and removed since some moment', async () => {
    const changed = (moment: number): Promise<boolean> =>
      world.app.get(Stocktaking).changedSince(shop.id, moment);
    const [tree, later] = [world.app.get(ProjectFolders).tree(shop.id), 10_000];
    await world.upload(shop.id, { 'a/b/c.html': '1', 'a/d/e.html': '1' });
    expect(await changed(Date.now() + later)).toBe(false);
    const works = [
      () => world.upload(shop.id, { 'a/b/c.html': '2' }),
      () => rename(join(tree, 'a/b/c.html'), join(tree, 'a/b/x.html')),
      () => world.upload(shop.id, { 'a/d/e.html': null }),
    ];
    for (const work of works) {
      await pause(20);
      const moment = Date.now();
      await pause(20);
      expect(await changed(moment)).toBe(false);
      await work();
      expect(await changed(moment)).toBe(true);
    }
  });

  it('leaves what somebody asked for meanwhile as it is', async () => {
    await written({ 'index.html': 'one' });
    await world.app.call(publishProject, contextOf(ada), { id: shop.id });
    await drive(PublicationReconciler, shop.id);
    expect((await releases()).map(({ publishedBy }) => publishedBy)).toEqual(['request']);
  });
});
