/** Secrets of projects in the database: nobody reads them there, and they are what they were after a change of keys. */
import { randomBytes } from 'node:crypto';
import { publishProject, type CreatedProjectView, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { Resealing } from '@nubo/vault';
import { HostingWorld } from '../testing/hosting-world';
import { RevisionStore } from './revisions.store';

jest.setTimeout(60_000);

const newKey = (): string => randomBytes(32).toString('base64');
const [old, now] = [newKey(), newKey()];
const SECRETS = { KEY: 'hidden-1', OTHER: 'hidden-2 äöü' };

describe('secrets of projects', () => {
  let world: HostingWorld;
  let who: Principal;
  let site: CreatedProjectView;
  beforeAll(async () => {
    world = await HostingWorld.open({ settings: { NUBO_SECRETS_KEY: old } });
    who = await world.owner();
    site = await serving({ env: { SEEN: 'yes' }, secrets: SECRETS });
  });
  afterAll(() => world?.stop());

  async function serving(wish: object): Promise<CreatedProjectView> {
    const made = await world.ready(who, { template: 'node', autoPublish: 'manual', ...wish });
    await world.upload(made.id, { 'server.js': 'one' });
    await world.app.call(publishProject, contextOf(who), { id: made.id });
    await eventually(async () => (await world.get(who, made.id)).served === 1);
    return made;
  }

  /** Every row of every table of the service, as the database shows them. */
  async function everything(): Promise<string> {
    const named = `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`;
    const tables: { name: string }[] = await world.em.query(named);
    expect(tables.length).toBeGreaterThan(10);
    const texts = tables.map(async ({ name }) => {
      const rows: { row: string }[] = await world.em.query(`SELECT t::text AS row FROM ${name} t`);
      return rows.map(({ row }) => row).join('\n');
    });
    return (await Promise.all(texts)).join('\n');
  }
  const stored = async (id: string): Promise<string[]> => {
    const rows: { value: string }[] = await world.em.query(
      `SELECT secrets AS value FROM projects WHERE id = $1 UNION ALL SELECT env FROM revisions WHERE project_id = $1`,
      [id],
    );
    return rows.map(({ value }) => value);
  };
  const variables = async (id: string) => (await world.app.get(RevisionStore).of(id)).map(({ env }) => env);

  it('are in no table, and reach the program', async () => {
    const all = await everything();
    expect(all).toContain(site.name);
    expect(all).not.toContain('hidden-');
    for (const { env } of world.services.of(site.name))
      expect(env).toEqual({ SEEN: 'yes', ...SECRETS, PORT: '8080' });
    expect((await world.get(who, site.id)).secrets).toEqual(['KEY', 'OTHER']);
  });

  it('are not those of a project whose row they were copied to', async () => {
    const other = await world.ready(who, { template: 'node', autoPublish: 'manual' });
    const copy = 'UPDATE projects SET secrets = (SELECT secrets FROM projects WHERE id = $2) WHERE id = $1';
    await world.em.query(copy, [other.id, site.id]);
    await expect(world.get(who, other.id)).rejects.toMatchObject({ kind: 'internal' });
    await world.em.query(`UPDATE projects SET secrets = '{}' WHERE id = $1`, [other.id]);
    expect((await world.get(who, other.id)).secrets).toEqual([]);
  });

  it('of before there were keys are read, and sealed', async () => {
    const plain = await serving({ env: { A: 'b' }, secrets: SECRETS });
    const text = JSON.stringify(SECRETS);
    await world.em.query('UPDATE projects SET secrets = $2 WHERE id = $1', [plain.id, text]);
    const whole = JSON.stringify({ A: 'b', ...SECRETS });
    await world.em.query('UPDATE revisions SET env = $2 WHERE project_id = $1', [plain.id, whole]);
    expect((await world.get(who, plain.id)).secrets).toEqual(['KEY', 'OTHER']);
    const before = world.services.of(plain.name);
    expect(await world.app.get(Resealing).run()).toBe(2);
    expect(await world.app.get(Resealing).run()).toBe(0);
    expect(await everything()).not.toContain('hidden-');
    expect(await variables(plain.id)).toEqual([{ A: 'b', ...SECRETS }]);
    expect(world.services.of(plain.name)).toEqual(before);
  });

  it('are sealed anew when the service starts with another key, and need the old one no more', async () => {
    const [before] = await stored(site.id);
    const began = await variables(site.id);
    await world.again({ NUBO_SECRETS_KEY: `${now}\n${old}` });
    await eventually(async () =>
      (await stored(site.id)).every((value) => prefixOf(value) !== prefixOf(before)),
    );
    await world.again({ NUBO_SECRETS_KEY: now });
    expect((await world.get(who, site.id)).secrets).toEqual(['KEY', 'OTHER']);
    expect(await variables(site.id)).toEqual(began);
    await world.again({ NUBO_SECRETS_KEY: old });
    await expect(world.get(who, site.id)).rejects.toMatchObject({ code: 'sealed_text_unreadable' });
  });
});

const prefixOf = (value = ''): string => value.split('.', 2).join();
