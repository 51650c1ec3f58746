/** Domains of people's own: who has one, who gets it, and what becomes of it. */
import { randomUUID } from 'node:crypto';
import {
  addDomain,
  deleteProject,
  listDomains,
  removeDomain,
  type DomainView,
  type Principal,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { HostingWorld } from '../testing/hosting-world';
import { MOST_DOMAINS, ProofPace } from './domains.rules';
import { DomainStore } from './domains.store';

jest.setTimeout(60_000);

interface Site {
  who: Principal;
  id: string;
  hostname: string;
}

describe('a domain of somebody’s own', () => {
  let world: HostingWorld;
  let domain: string;
  let count = 0;

  beforeAll(async () => {
    world = await HostingWorld.open();
  });
  afterAll(() => world?.stop());
  beforeEach(() => {
    count += 1;
    domain = `www${count}.example`;
  });

  /** A project that serves its own hostname. */
  async function site(): Promise<Site> {
    const who = await world.owner();
    const { id, hostname } = await world.ready(who);
    await world.publish(who, id, { 'index.html': hostname });
    return { who, id, hostname };
  }
  const add = ({ who, id }: Site, name = domain): Promise<DomainView> =>
    world.app.call(addDomain, contextOf(who), { id, domain: name });
  const remove = ({ who, id }: Site, domainId: string): Promise<DomainView> =>
    world.app.call(removeDomain, contextOf(who), { id, domainId });
  const of = async ({ who, id }: Site): Promise<DomainView[]> =>
    (await world.app.call(listDomains, contextOf(who), { id })).items;
  const becomes = (which: Site, state: string, reason?: string): Promise<DomainView> =>
    eventually(async () => {
      const [view] = await of(which);
      return view?.state === state && (!reason || view.stateReason?.includes(reason)) && view;
    });
  const served = async (): Promise<string | undefined> => (await world.served(domain))['index.html'];

  it('is served once its record is there, and not before', async () => {
    const shop = await site();
    const view = await add(shop);
    expect(view).toMatchObject({ state: 'pending', served: false, domain, target: shop.hostname });
    expect(view.record).toMatchObject({ name: `_nubo-challenge.${domain}`, type: 'TXT' });
    await becomes(shop, 'pending', 'There is no TXT record');
    world.proofs.put({ ...view, record: { ...view.record, value: 'nubo-verify=guess' } });
    await becomes(shop, 'pending', 'None of the TXT records');
    expect(await served()).toBeUndefined();
    world.proofs.put(view);
    expect(await becomes(shop, 'active')).toMatchObject({ served: true, stateReason: null });
    await eventually(async () => (await served()) === shop.hostname);
  });

  it('follows what the project serves', async () => {
    const shop = await site();
    world.proofs.put(await add(shop));
    await eventually(async () => (await served()) === shop.hostname);
    await world.publish(shop.who, shop.id, { 'index.html': 'two' });
    expect(await served()).toBe('two');
  });

  it('is gone when it is removed, and with its project', async () => {
    const shop = await site();
    const view = await add(shop);
    world.proofs.put(view);
    await eventually(served);
    expect(await remove(shop, view.id)).toMatchObject({ state: 'deleting', served: false });
    await eventually(async () => (await of(shop)).length === 0);
    expect(await served()).toBeUndefined();
    await expect(remove(shop, view.id)).rejects.toMatchObject({ kind: 'not_found' });
    world.proofs.put(await add(shop));
    await eventually(served);
    await world.app.call(deleteProject, contextOf(shop.who), { id: shop.id });
    await world.gone(shop.who, shop.id);
    expect(await served()).toBeUndefined();
    expect(await world.em.countBy(ProjectDomain, { projectId: shop.id })).toBe(0);
  });

  it('may be wanted by many, and is whose record is there', async () => {
    const [one, two] = [await site(), await site()];
    const [first, second] = [await add(one), await add(two)];
    expect(first.record.value).not.toBe(second.record.value);
    world.proofs.put(second);
    await becomes(two, 'active');
    await becomes(one, 'pending', 'None of the TXT records');
    await eventually(async () => (await served()) === two.hostname);
  });

  it('stays with who has proven it while the record is there, and goes to the next when it is removed', async () => {
    const [one, two] = [await site(), await site()];
    const [first, second] = [await add(one), await add(two)];
    world.proofs.put(first);
    await becomes(one, 'active');
    world.proofs.put(second);
    await becomes(two, 'pending', 'another project has proven');
    expect(await served()).toBe(one.hostname);
    await remove(one, first.id);
    await becomes(two, 'active');
    await eventually(async () => (await served()) === two.hostname);
  });

  it('is taken from who has no record any more by who has one, and both are told', async () => {
    const [one, two] = [await site(), await site()];
    const [first, second] = [await add(one), await add(two)];
    world.proofs.put(first);
    await becomes(one, 'active');
    world.proofs.take(first);
    await becomes(one, 'lost', 'it is served until');
    expect(await served()).toBe(one.hostname);
    world.proofs.put(second);
    await becomes(two, 'active');
    await becomes(one, 'error', 'another project has proven');
    await eventually(async () => (await served()) === two.hostname);
    expect(await remove(one, first.id)).toMatchObject({ state: 'deleting' });
    await eventually(async () => (await of(one)).length === 0);
    expect(await served()).toBe(two.hostname);
  });

  it('is served for a while without its record, and is there again with it', async () => {
    const shop = await site();
    const view = await add(shop);
    world.proofs.put(view);
    await becomes(shop, 'active');
    world.proofs.take(view);
    expect(await becomes(shop, 'lost')).toMatchObject({ served: true });
    world.proofs.put(view);
    expect(await becomes(shop, 'active')).toMatchObject({ stateReason: null });
    world.proofs.take(view);
    await becomes(shop, 'lost');
    const long = new Date(Date.now() - world.app.get(ProofPace).restMs);
    await world.em.update(ProjectDomain, { id: view.id }, { lostAt: long });
    expect(await becomes(shop, 'error', 'it is served no more')).toMatchObject({ served: false });
    await eventually(async () => (await served()) === undefined);
    world.proofs.put(view);
    expect(await add(shop)).toMatchObject({ id: view.id, state: 'pending' });
    await becomes(shop, 'active');
  });

  it('is neither believed nor lost while name servers do not answer', async () => {
    const [one, two] = [await site(), await site()];
    const view = await add(one);
    world.proofs.put(view);
    await becomes(one, 'active');
    world.proofs.silent.add(domain);
    expect(await becomes(one, 'active', 'do not answer')).toMatchObject({ served: true });
    await add(two);
    expect(await becomes(two, 'pending', 'do not answer')).toMatchObject({ served: false });
  });

  it('is looked for no more after its time, until somebody asks again', async () => {
    const shop = await site();
    const view = await add(shop);
    await world.app.get(DomainStore).giveUp(view.id, 'There is no TXT record.');
    world.proofs.put(view);
    await becomes(shop, 'error', 'was not found in time');
    await add(shop);
    await becomes(shop, 'active');
  });

  it('is asked for in any writing, once a project', async () => {
    const shop = await site();
    const view = await add(shop, 'Bücher.Example.');
    expect(view.domain).toBe('xn--bcher-kva.example');
    expect((await add(shop, 'xn--bcher-kva.EXAMPLE')).id).toBe(view.id);
  });

  it('is none of the platform’s, and there are so many a project', async () => {
    const shop = await site();
    for (const own of [shop.hostname, 'sites.test', 'sftp.sites.test', 'a.b.sites.test'])
      await expect(add(shop, own)).rejects.toMatchObject({ kind: 'invalid' });
    const others = Array.from({ length: MOST_DOMAINS }, (_, n) => ({
      ...{ id: randomUUID(), projectId: shop.id, domain: `n${n}.${domain}`, token: 'none' },
      state: 'error' as const,
    }));
    await world.em.insert(ProjectDomain, others);
    await expect(add(shop, domain)).rejects.toMatchObject({ code: 'too_many_domains' });
  });
});
