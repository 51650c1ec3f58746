/** People take domains away while it is decided who has them. */
import { addDomain, removeDomain, type DomainView, type Principal } from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { contextOf, eventually } from '@nubo/testing';
import { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { HostingWorld } from '../testing/hosting-world';
import { DomainStore } from './domains.store';

jest.setTimeout(60_000);

const BLOCKED = `SELECT count(*)::int AS blocked FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`;

describe('a domain that is taken away meanwhile', () => {
  let world: HostingWorld;
  let store: DomainStore;
  beforeAll(async () => {
    world = await HostingWorld.open({ idle: true });
    store = world.app.get(DomainStore);
  });
  afterAll(() => world?.stop());

  async function wanted(domain: string): Promise<{ who: Principal; view: DomainView; row: ProjectDomain }> {
    const who = await world.owner();
    const { id } = await world.create(who);
    const view = await world.app.call(addDomain, contextOf(who), { id, domain });
    return { who, view, row: await world.em.findOneByOrFail(ProjectDomain, { id: view.id }) };
  }
  const proven = async (domain: string) => {
    const one = await wanted(domain);
    await store.note(one.row, { texts: [one.view.record.value] });
    return one;
  };
  /** Takes `id` away, and lets `decide` begin before that is committed. */
  async function removing(id: string, decide: () => Promise<unknown>): Promise<void> {
    let decided: Promise<unknown> | undefined;
    await world.app.get(Database).manager.transaction(async (em) => {
      await em.update(ProjectDomain, { id }, { state: 'deleting', held: false });
      decided = decide();
      await eventually(async () => {
        const [row]: { blocked: number }[] = await world.em.query(BLOCKED);
        return (row?.blocked ?? 0) > 0;
      });
    });
    await decided;
  }
  const standing = async ({ id }: ProjectDomain) => {
    const { state, held } = await world.em.findOneByOrFail(ProjectDomain, { id });
    return { state, held };
  };

  it('goes, although its record has just been found', async () => {
    const { row, view } = await proven('one.example');
    await removing(row.id, () => store.note(row, { texts: [view.record.value] }));
    expect(await standing(row)).toEqual({ state: 'deleting', held: false });
  });

  it('goes, although somebody else has just proven it', async () => {
    const first = await proven('two.example');
    const second = await wanted('two.example');
    await removing(first.row.id, () => store.note(second.row, { texts: [second.view.record.value] }));
    expect(await standing(first.row)).toEqual({ state: 'deleting', held: false });
    expect(await standing(second.row)).toEqual({ state: 'active', held: true });
    const { who, view } = second;
    await world.app.call(removeDomain, contextOf(who), { id: view.projectId, domainId: view.id });
    expect(await standing(second.row)).toEqual({ state: 'deleting', held: false });
  });

  it('has its projects looked at when one comes to hold it, loses it or takes it away, and not else', async () => {
    const [one, two] = [await wanted('three.example'), await wanted('three.example')];
    const wakes = async ({ projectId }: ProjectDomain): Promise<number> => {
      const sql = `SELECT wakes::int AS wakes FROM work WHERE kind = 'project' AND resource_id = $1`;
      const rows: { wakes: number }[] = await world.em.query(sql, [projectId]);
      return rows[0]?.wakes ?? 0;
    };
    const wokenBy = async (work: () => Promise<unknown>): Promise<number[]> => {
      const before = [await wakes(one.row), await wakes(two.row)];
      await work();
      return [(await wakes(one.row)) - (before[0] ?? 0), (await wakes(two.row)) - (before[1] ?? 0)];
    };
    const note = ({ row }: typeof one, texts: string[]) => wokenBy(() => store.note(row, { texts }));
    expect(await note(one, [])).toEqual([0, 0]);
    expect(await note(one, [one.view.record.value])).toEqual([1, 0]);
    expect(await note(one, [one.view.record.value])).toEqual([0, 0]);
    expect(await note(two, [two.view.record.value])).toEqual([1, 1]);
    const { who, view } = two;
    const remove = { id: view.projectId, domainId: view.id };
    expect(await wokenBy(() => world.app.call(removeDomain, contextOf(who), remove))).toEqual([0, 1]);
  });
});
