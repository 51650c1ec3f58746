/** From what is uploaded to what is served. */
import { chmod, mkdir, open, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  deleteProject,
  listProjectReleases,
  publishProject,
  readProjectLog,
  rollBackProject,
  updateProject,
  type CreatedProjectView,
  type NuboError,
  type Principal,
  type ProjectReleaseView,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { ProjectFolders } from '../projects/project-folders.driver';
import { ProjectStore } from '../projects/projects.store';
import { Sites } from '../sites/sites.driver';
import { HostingWorld } from '../testing/hosting-world';
import { Blobs } from './blobs.driver';

jest.setTimeout(60_000);

const code = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: NuboError) => error.code,
  );

describe('what is uploaded', () => {
  let world: HostingWorld;
  let ada: Principal;
  let shop: CreatedProjectView;
  beforeAll(async () => {
    world = await HostingWorld.open();
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    ada = await world.owner();
    shop = await world.ready(ada, { autoPublish: 'manual', quietSeconds: 1 });
  });

  const releases = async (): Promise<ProjectReleaseView[]> =>
    (await world.app.call(listProjectReleases, contextOf(ada), { id: shop.id })).items;
  const settled = async (number: number): Promise<ProjectReleaseView> =>
    eventually(async () => {
      const release = (await releases()).find((each) => each.number === number);
      const { state } = await world.get(ada, shop.id);
      return release && release.state !== 'waiting' && state === 'ready' ? release : undefined;
    });
  const publish = async (): Promise<ProjectReleaseView> => {
    const { number } = await world.app.call(publishProject, contextOf(ada), { id: shop.id });
    return settled(number);
  };
  const served = (): Promise<Record<string, string>> => world.served(shop.hostname);
  const change = (wish: object): Promise<unknown> =>
    world.app.call(updateProject, contextOf(ada), { id: shop.id, ...wish });
  const rollBack = async (release?: number): Promise<void> => {
    await world.app.call(rollBackProject, contextOf(ada), { id: shop.id, ...(release && { release }) });
    await eventually(async () => (await world.get(ada, shop.id)).state === 'ready');
  };

  it('is served when it is published, and not before', async () => {
    await world.upload(shop.id, { 'index.html': 'hello', 'css/deep/site.css': 'body {}' });
    expect(await served()).toEqual({});
    const release = await publish();
    expect(release).toMatchObject({
      ...{ number: 1, state: 'active', publishedBy: 'request', files: 2, bytes: 12, unfinished: 0 },
    });
    expect(await served()).toEqual({ 'index.html': 'hello', 'css/deep/site.css': 'body {}' });
    expect(await world.get(ada, shop.id)).toMatchObject({ release: 1 });
  });

  it('changes nothing that is served until the next release, and a release never', async () => {
    await world.upload(shop.id, { 'index.html': 'one', 'old.html': 'old' });
    await publish();
    await world.upload(shop.id, { 'index.html': 'two', 'old.html': null, 'new.html': 'new' });
    expect(await served()).toEqual({ 'index.html': 'one', 'old.html': 'old' });
    await publish();
    expect(await served()).toEqual({ 'index.html': 'two', 'new.html': 'new' });
    await rollBack();
    expect(await served()).toEqual({ 'index.html': 'one', 'old.html': 'old' });
    await rollBack(2);
    expect(await served()).toEqual({ 'index.html': 'two', 'new.html': 'new' });
  });

  it('costs nothing where it is unchanged, also under another name', async () => {
    await world.upload(shop.id, { 'a.txt': 'the same', 'b.txt': 'the same' });
    await publish();
    await world.upload(shop.id, { 'c.txt': 'another' });
    await publish();
    const folders = world.app.get(ProjectFolders);
    const inode = async (release: number, name: string): Promise<number> =>
      (await stat(join(folders.release(shop.id, release), name))).ino;
    const of = [await inode(1, 'a.txt'), await inode(1, 'b.txt'), await inode(2, 'a.txt')];
    expect(new Set(of).size).toBe(1);
  });

  it('keeps the time that visitors know a file by', async () => {
    await world.upload(shop.id, { 'same.txt': `same ${shop.id}`, 'large.txt': shop.id.repeat(3_000) });
    await publish();
    const folder = join(world.folder, 'sites', 'hosts', shop.hostname);
    const times = (): Promise<number[]> =>
      Promise.all(['same.txt', 'large.txt'].map(async (name) => (await stat(join(folder, name))).mtimeMs));
    const before = await times();
    // Written anew, with what was there.
    await world.upload(shop.id, { 'same.txt': `same ${shop.id}`, 'new.txt': 'new' });
    await publish();
    expect(await times()).toEqual(before);
  });

  it('is the same release when nothing was changed, by what it consists of', async () => {
    await world.upload(shop.id, { 'b.txt': '2', 'a.txt': '1' });
    const [first, second] = [await publish(), await publish()];
    expect(second).toMatchObject({ number: 2, manifest: first.manifest });
  });

  it('is noticed when a file changes within one tick of the clock and keeps its size', async () => {
    for (const text of ['aaaa', 'bbbb', 'cccc']) {
      await world.upload(shop.id, { 'index.html': text });
      await publish();
      expect(await served()).toEqual({ 'index.html': text });
    }
  });

  it('leaves a file whose upload has not finished as it was in the release before', async () => {
    await world.upload(shop.id, { 'index.html': 'whole', 'x.html': 'x' });
    await publish();
    await world.uploadHalf(shop.id, 'index.html', 'ha');
    await world.uploadHalf(shop.id, 'video.mp4', 'ha');
    await world.upload(shop.id, { 'x.html': 'y' });
    expect(await publish()).toMatchObject({ unfinished: 2, files: 2 });
    expect(await served()).toEqual({ 'index.html': 'whole', 'x.html': 'y' });
  });

  it('has no file .deploy, and links lead nowhere', async () => {
    await world.upload(shop.id, { 'index.html': 'hello', '.deploy': '' });
    const { symlink } = await import('node:fs/promises');
    await symlink('/etc/passwd', join(world.app.get(ProjectFolders).tree(shop.id), 'passwd'));
    await publish();
    expect(await served()).toEqual({ 'index.html': 'hello' });
  });

  it('has no folder .deploy, which stays where it is', async () => {
    await world.upload(shop.id, { 'index.html': 'hello', '.deploy/mine': '' });
    expect(await publish()).toMatchObject({ state: 'active', files: 1 });
    expect(await served()).toEqual({ 'index.html': 'hello' });
    expect(await readdir(world.app.get(ProjectFolders).tree(shop.id))).toContain('.deploy');
  });

  it('makes no release with a name that is not plain text, and says which', async () => {
    await world.upload(shop.id, { 'index.html': 'hello', 'a\\b': 'windows' });
    expect(await publish()).toMatchObject({
      state: 'error',
      stateReason: expect.stringContaining('"a\\\\b"') as string,
    });
    expect(await served()).toEqual({});
  });

  it('keeps as many releases as the project wants, and the one that is served', async () => {
    await change({ keepReleases: 2 });
    for (const text of ['1', '2', '3']) {
      await world.upload(shop.id, { 'index.html': text });
      await publish();
    }
    const numbers = async (): Promise<number[]> =>
      (await readdir(world.app.get(ProjectFolders).releases(shop.id))).map(Number).sort();
    await eventually(async () => (await numbers()).join() === '2,3');
    expect((await releases()).map(({ number }) => number)).toEqual([3, 2]);
    expect(await code(world.app.call(rollBackProject, contextOf(ada), { id: shop.id, release: 1 }))).toBe(
      'release_not_found',
    );
    await rollBack(2);
    expect(await code(world.app.call(rollBackProject, contextOf(ada), { id: shop.id }))).toBe(
      'no_release_before',
    );
  });

  it('stays when it is laid out while older releases are tidied away', async () => {
    const [store, sites] = [world.app.get(ProjectStore), world.app.get(Sites)];
    await world.upload(shop.id, { 'index.html': '1' });
    await publish();
    const project = await store.load(shop.id);
    const kept = project && (await store.keepReleases(project, []));
    await world.upload(shop.id, { 'index.html': '2' });
    await publish();
    await sites.keepOnly(shop.id, kept ?? { numbers: new Set(), newest: Infinity });
    expect(await served()).toEqual({ 'index.html': '2' });
  });

  it('takes no room once no release has it', async () => {
    const blobs = world.app.get(Blobs);
    await world.upload(shop.id, { 'index.html': `only here ${shop.id}` });
    await publish();
    await blobs.sweep(-1_000);
    expect(Object.keys(await served())).toEqual(['index.html']);
    await world.app.call(deleteProject, contextOf(ada), { id: shop.id });
    await world.gone(ada, shop.id);
    expect(await blobs.sweep(-1_000)).toBeGreaterThan(0);
    expect(await blobs.sweep(-1_000)).toBe(0);
  });

  it('is kept when it is seen again before the next sweep, though no release has it yet', async () => {
    const blobs = world.app.get(Blobs);
    await world.upload(shop.id, { 'index.html': `again ${shop.id}` });
    const file = await open(join(world.app.get(ProjectFolders).tree(shop.id), 'index.html'));
    const sha256 = await blobs.put(file);
    await file.close();
    await utimes(join(world.folder, 'blobs', sha256.slice(0, 2), sha256), 1, 1);
    expect(await blobs.has(sha256)).toBe(true);
    await blobs.sweep();
    expect(await blobs.has(sha256)).toBe(true);
  });

  it('is served no more when the project goes', async () => {
    await world.upload(shop.id, { 'index.html': 'hello' });
    await publish();
    await world.app.call(deleteProject, contextOf(ada), { id: shop.id });
    await world.gone(ada, shop.id);
    expect(await readdir(join(world.folder, 'sites', 'hosts'))).not.toContain(shop.hostname);
    expect(await readdir(join(world.folder, 'sites'))).not.toContain(shop.id);
  });

  it('has a log of its visitors, of which the last lines are shown', async () => {
    const folders = world.app.get(ProjectFolders);
    const log = (lines?: number) =>
      world.app.call(readProjectLog, contextOf(ada), { id: shop.id, ...(lines && { lines }) });
    expect(await log()).toEqual({ text: '' });
    await mkdir(folders.logs(shop.id), { recursive: true });
    await writeFile(folders.log(shop.id), 'one\ntwo\nthree\n');
    expect(await log(2)).toEqual({ text: 'two\nthree\n' });
  });

  describe('over SFTP', () => {
    it('is published by itself once it has been quiet, and once for all that was written', async () => {
      await change({ autoPublish: 'quiet' });
      const session = await world.session(shop);
      for (const text of ['1', '2', '3']) {
        await world.upload(shop.id, { 'index.html': text });
        expect(await world.note(session, { touched: true })).toBe(204);
      }
      expect(await settled(1)).toMatchObject({ publishedBy: 'quiet', state: 'active' });
      expect(await served()).toEqual({ 'index.html': '3' });
      expect(await releases()).toHaveLength(1);
    });

    it('waits while a file is being written by anybody', async () => {
      await change({ autoPublish: 'quiet' });
      const [one, two] = [await world.session(shop), await world.session(shop)];
      await world.upload(shop.id, { 'index.html': 'done' });
      await world.note(two, { writers: 1 });
      await world.note(one, { touched: true });
      await eventually(async () => (await world.get(ada, shop.id)).publishing === 'An upload is under way.');
      expect(await releases()).toEqual([]);
      await world.note(two, { writers: 0, touched: true });
      await settled(1);
      expect(await world.get(ada, shop.id)).toMatchObject({ publishing: null });
    });

    it('waits for a broken upload to be finished, and says so', async () => {
      await change({ autoPublish: 'quiet' });
      const session = await world.session(shop);
      await world.uploadHalf(shop.id, 'img/photo.jpg', 'ha');
      await world.note(session, { touched: true });
      await eventually(async () => (await world.get(ada, shop.id)).publishing?.includes('img/photo.jpg'));
      expect(await releases()).toEqual([]);
      await world.upload(shop.id, { 'img/photo.jpg': 'whole' });
      await chmod(join(world.app.get(ProjectFolders).tree(shop.id), 'img/photo.jpg'), 0o644);
      await world.note(session, { touched: true });
      await settled(1);
      expect(await served()).toEqual({ 'img/photo.jpg': 'whole' });
    });

    it('does not wait for who has not been heard of for long', async () => {
      await change({ autoPublish: 'quiet' });
      const [dead, alive] = [await world.session(shop), await world.session(shop)];
      await world.note(dead, { writers: 3 });
      await world.em.query(`UPDATE sftp_sessions SET seen_at = now() - interval '31 seconds' WHERE id = $1`, [
        dead,
      ]);
      await world.upload(shop.id, { 'index.html': 'hello' });
      await world.note(alive, { touched: true });
      await settled(1);
    });

    it('is published by a file .deploy, which goes away, at once', async () => {
      await change({ autoPublish: 'file', quietSeconds: 3600 });
      const session = await world.session(shop);
      await world.upload(shop.id, { 'index.html': 'hello' });
      await world.note(session, { touched: true });
      await world.upload(shop.id, { '.deploy': '' });
      await world.note(session, { touched: true, deploy: true });
      expect(await settled(1)).toMatchObject({ publishedBy: 'file', files: 1 });
      expect(await readdir(world.app.get(ProjectFolders).tree(shop.id))).toEqual(['index.html']);
    });

    it.each([
      [{ autoPublish: 'manual' }, { autoPublish: 'quiet' }],
      [{ autoPublish: 'quiet', quietSeconds: 3_600 }, { quietSeconds: 1 }],
    ])('that rested with %j is published when its project is changed to %j', async (before, after) => {
      await change(before);
      await world.upload(shop.id, { 'index.html': 'hello' });
      await world.note(await world.session(shop), { touched: true });
      const rests = `SELECT FROM work WHERE kind = 'publication' AND resource_id = $1 AND due_at > now() + interval '1 minute'`;
      await eventually(async () => (await world.em.query<object[]>(rests, [shop.id])).length === 1);
      await change(after);
      await settled(1);
    });

    it('makes no new release of what is served already', async () => {
      await world.upload(shop.id, { 'index.html': 'hello' });
      await publish();
      await change({ autoPublish: 'quiet' });
      const session = await world.session(shop);
      await world.upload(shop.id, { 'index.html': 'hello' });
      await world.note(session, { touched: true });
      await eventually(async () => {
        const [row]: { done: boolean }[] = await world.em.query(
          'SELECT released_touch = touched_at AS done FROM projects WHERE id = $1',
          [shop.id],
        );
        return row?.done && (await releases()).every(({ state }) => state !== 'waiting');
      });
      expect((await releases()).map(({ number }) => number)).toEqual([1]);
    });
  });
});
