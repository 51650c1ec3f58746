/** Projects from the first wish until their name is free again. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  addSshKey,
  createProject,
  deleteProject,
  listProjects,
  listSshKeys,
  removeSshKey,
  resetSftpPassword,
  tenantClosing,
  updateProject,
  userClosing,
  type NuboError,
  type Principal,
} from '@nubo/contracts';
import { verify } from '@node-rs/argon2';
import { closeAccount, quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Project, ProjectName, SshKey } from '../../../../libs/entities/src/hosting';
import { attemptKey } from '../credentials/attempts.rules';
import { HostingWorld } from '../testing/hosting-world';
import { ProjectFolders } from './project-folders.driver';

jest.setTimeout(60_000);

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr ada@laptop';

const code = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: NuboError) => error.code,
  );

describe('a project', () => {
  let world: HostingWorld;
  let ada: Principal;
  beforeAll(async () => {
    world = await HostingWorld.open();
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    ada = await world.owner();
  });

  const row = (id: string): Promise<Project> => world.em.findOneByOrFail(Project, { id });
  const remove = async (who: Principal, id: string): Promise<void> => {
    await world.app.call(deleteProject, contextOf(who), { id });
    await world.gone(who, id);
  };

  it('has a name in DNS, and a login of its own whose password is shown once', async () => {
    const made = await world.ready(ada, { name: 'shop', metadata: { team: 'blue' } });
    expect(made).toMatchObject({
      hostname: 'shop.sites.test',
      url: 'http://shop.sites.test',
      template: 'static',
      autoPublish: 'quiet',
      metadata: { team: 'blue' },
      sftp: {
        host: 'sftp.sites.test',
        port: 2022,
        login: expect.stringMatching(/^shop-[a-z2-9]{8}$/) as string,
      },
    });
    const { passwordHash } = await row(made.id);
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    expect(await verify(passwordHash, made.password ?? '')).toBe(true);
    expect(JSON.stringify(await world.get(ada, made.id))).not.toContain('password');
    expect(existsSync(world.app.get(ProjectFolders).tree(made.id))).toBe(true);
  });

  it('is made once however often it is asked for under one key, and the password is kept nowhere', async () => {
    const ctx = () => contextOf(ada, { idempotencyKey: 'again' });
    const wish = { name: 'once' };
    const first = await world.app.call(createProject, ctx(), wish);
    const second = await world.app.call(createProject, ctx(), wish);
    expect(second).toEqual({ ...first, password: null });
    const kept: object[] = await world.em.query('SELECT * FROM idempotency');
    expect(JSON.stringify(kept)).not.toContain(first.password);
  });

  it('is not made by a dry run, which shows no password', async () => {
    const answer = await world.app.call(createProject, contextOf(ada, { dryRun: true }), { name: 'dry' });
    expect(answer).toMatchObject({ name: 'dry', password: null });
    expect(await world.em.countBy(ProjectName, { name: 'dry' })).toBe(0);
  });

  it('is made in the name of three for one user, and of no more', async () => {
    for (let n = 0; n < 3; n += 1) await world.create(ada);
    await expect(world.create(ada)).rejects.toMatchObject({
      kind: 'exhausted',
      details: { whose: 'user', kind: 'projects', limit: 3, used: 3, requested: 1 },
    });
    const other = someone('member', { tenantId: ada.tenantId });
    expect(await code(world.create(other))).toBe('done');
  });

  it.each(['www', 'sftp', 'cloud', 'wpad', 'xn--bcher-kva', 'Shop', '-a', 'a.b'])(
    'may not be called %s',
    async (name) => {
      expect(await code(world.create(ada, { name }))).toBe('invalid_input');
    },
  );

  it('has its name for itself on the whole platform, whoever asks at once', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => world.owner()));
    const codes = await Promise.all(people.map((who) => code(world.create(who, { name: 'contested' }))));
    expect(codes.toSorted()).toEqual(['done', ...Array<string>(5).fill('name_taken')]);
    expect(await world.em.countBy(Project, { name: 'contested' })).toBe(1);
  });

  it('leaves a name that nobody gets for a day', async () => {
    const { id } = await world.ready(ada, { name: 'lately' });
    await remove(ada, id);
    const grace = await world.owner();
    expect(await code(world.create(grace, { name: 'lately' }))).toBe('name_resting');
    expect(await code(world.create(ada, { name: 'lately' }))).toBe('name_resting');
    await world.em.query(`UPDATE project_names SET free_at = now() WHERE name = 'lately'`);
    expect(await code(world.create(grace, { name: 'lately' }))).toBe('done');
  });

  it('goes with all that it has', async () => {
    const { id } = await world.ready(ada);
    await world.app.call(addSshKey, contextOf(ada), { id, key: KEY });
    await remove(ada, id);
    expect(await world.em.countBy(SshKey, { projectId: id })).toBe(0);
    expect(existsSync(world.app.get(ProjectFolders).tree(id))).toBe(false);
    expect(await world.em.query('SELECT 1 FROM quota.ledger WHERE resource_id = $1', [id])).toEqual([]);
    expect(await world.em.query('SELECT 1 FROM grants WHERE resource_id = $1', [id])).toEqual([]);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('changes how it is published, for who knows its version', async () => {
    const { id, version } = await world.ready(ada);
    const change = { id, autoPublish: 'manual', quietSeconds: 60, keepReleases: 2, metadata: null } as const;
    const changed = await world.app.call(updateProject, contextOf(ada, { ifMatch: version }), change);
    expect(changed).toMatchObject({ autoPublish: 'manual', quietSeconds: 60, keepReleases: 2, metadata: {} });
    expect(await code(world.app.call(updateProject, contextOf(ada, { ifMatch: version }), { id }))).toBe(
      'version_mismatch',
    );
  });

  it('is found by what it is', async () => {
    await world.ready(ada, { name: 'findable', autoPublish: 'file' });
    const { items } = await world.app.call(listProjects, contextOf(ada), {
      query: 'autoPublish=file name=find*',
    });
    expect(items.map(({ name }) => name)).toEqual(['findable']);
  });

  it('takes a new password in the place of the old one, shown once and kept nowhere', async () => {
    const { id, password, sftp } = await world.ready(ada);
    const ctx = () => contextOf(ada, { idempotencyKey: 'reset' });
    const fresh = await world.app.call(resetSftpPassword, ctx(), { id });
    expect(fresh).toMatchObject({ id, login: sftp.login });
    const { passwordHash } = await row(id);
    expect(await verify(passwordHash, fresh.password ?? '')).toBe(true);
    expect(await verify(passwordHash, password ?? '')).toBe(false);
    expect(await world.app.call(resetSftpPassword, ctx(), { id })).toMatchObject({ password: null });
    expect(JSON.stringify(await world.em.query('SELECT * FROM idempotency'))).not.toContain(fresh.password);
  });

  it('makes only so many passwords an hour for one user', async () => {
    const { id } = await world.ready(ada);
    await world.em.query(`INSERT INTO attempts (key) SELECT $1 FROM generate_series(1, 59)`, [
      attemptKey({ limit: 'password', of: ada.userId }),
    ]);
    expect(await code(world.app.call(resetSftpPassword, contextOf(ada), { id }))).toBe('too_many_attempts');
    expect(await code(world.create(ada))).toBe('too_many_attempts');
    expect(await code(world.create(await world.owner()))).toBe('done');
  });

  it('has SSH keys, each once, which go one by one', async () => {
    const { id } = await world.ready(ada);
    const key = await world.app.call(addSshKey, contextOf(ada), { id, key: KEY });
    expect(key).toMatchObject({
      type: 'ssh-ed25519',
      comment: 'ada@laptop',
      fingerprint: expect.stringMatching(/^SHA256:/) as string,
    });
    expect(await code(world.app.call(addSshKey, contextOf(ada), { id, key: KEY }))).toBe('key_known');
    expect((await world.app.call(listSshKeys, contextOf(ada), { id })).items).toEqual([key]);
    expect(await code(world.app.call(removeSshKey, contextOf(ada), { id, keyId: randomUUID() }))).toBe(
      'key_not_found',
    );
    await world.app.call(removeSshKey, contextOf(ada), { id, keyId: key.id });
    expect((await world.app.call(listSshKeys, contextOf(ada), { id })).items).toEqual([]);
  });

  it('keeps its keys from another project’s people', async () => {
    const { id } = await world.ready(ada);
    const key = await world.app.call(addSshKey, contextOf(ada), { id, key: KEY });
    const grace = await world.owner();
    const own = await world.ready(grace);
    const steal = { id: own.id, keyId: key.id };
    expect(await code(world.app.call(removeSshKey, contextOf(grace), steal))).toBe('key_not_found');
    expect(await world.em.countBy(SshKey, { id: key.id })).toBe(1);
  });

  it('goes with its tenant and with its maker', async () => {
    const bob = someone('member', { tenantId: ada.tenantId });
    const [first, second] = [await world.ready(ada), await world.ready(bob)];
    await world.app.bus.publish(userClosing, { userId: bob.userId, tenantId: bob.tenantId });
    await world.gone(ada, second.id);
    expect(await world.get(ada, first.id)).toMatchObject({ state: 'ready' });
    await closeAccount(world.em, ada.tenantId ?? '');
    await world.app.bus.publish(tenantClosing, { tenantId: ada.tenantId ?? '' });
    await eventually(async () => (await world.em.countBy(Project, { id: first.id })) === 0);
    expect(await code(world.create(ada))).toBe('tenant_closed');
  });
});
