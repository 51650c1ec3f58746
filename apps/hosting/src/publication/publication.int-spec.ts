/** What hosting gives of projects to a service that publishes them elsewhere. */
import { createHash } from 'node:crypto';
import { text } from '@nubo/config';
import {
  deleteProject,
  findProject,
  openProjectRelease,
  projectChanged,
  publishProject,
  rollBackProject,
  type CreatedProjectView,
  type NuboError,
  type Principal,
  type ProjectEvent,
  type ProjectReleaseFiles,
  type ProjectReleaseTicket,
} from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { contextOf, eventually, someone } from '@nubo/testing';
import { connect, JSONCodec, type NatsConnection } from 'nats';
import { HostingWorld } from '../testing/hosting-world';

jest.setTimeout(60_000);

const FILES = { 'index.html': 'hello', 'a/b c ü.txt': 'deep', '.env': 'SECRET=1', '.well-known/x': 'known' };

describe('a project that is published elsewhere', () => {
  let world: HostingWorld;
  let ada: Principal;
  let shop: CreatedProjectView;
  beforeAll(async () => {
    world = await HostingWorld.open();
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    ada = await world.owner();
    shop = await world.ready(ada, { autoPublish: 'manual' });
  });

  const code = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'done',
      (error: NuboError) => error.code,
    );
  const find = (who: Principal, project: string) => world.app.call(findProject, contextOf(who), { project });
  const open = (who: Principal, release: number, projectId = shop.id): Promise<ProjectReleaseTicket> =>
    world.app.call(openProjectRelease, contextOf(who), { projectId, release });
  const get = ({ url, ticket }: ProjectReleaseTicket, path = ''): Promise<Response> =>
    fetch(url + path, { headers: { authorization: `Ticket ${ticket}` } });
  const file = (ticket: ProjectReleaseTicket, path: string): Promise<Response> =>
    get(ticket, `/file?path=${encodeURIComponent(path)}`);
  async function publish(files: Record<string, string> = FILES): Promise<number> {
    await world.upload(shop.id, files);
    const { number } = await world.app.call(publishProject, contextOf(ada), { id: shop.id });
    await eventually(async () => (await world.get(ada, shop.id)).release === number);
    return number;
  }

  it('is found by its name and its id, by who may see it', async () => {
    const { id, name } = shop;
    const friend = someone('member');
    await grant(world.em, id, friend, 'use');
    for (const who of [ada, friend, someone('admin')])
      for (const by of [id, name])
        expect(await find(who, by)).toEqual({ id, name, template: 'static', release: null });
    await publish();
    expect((await find(ada, name)).release).toBe(1);
  });

  it('is not there for others, nor while it is being deleted', async () => {
    const others = [await world.owner(), { ...ada, userId: 'another', role: 'member' as const }];
    await publish();
    for (const who of others)
      for (const by of [shop.id, shop.name]) {
        expect(await code(find(who, by))).toBe('project_not_found');
        expect(await code(open(who, 1))).toBe('project_not_found');
      }
    await world.app.call(deleteProject, contextOf(ada), { id: shop.id });
    expect(await code(find(ada, shop.name))).toBe('project_not_found');
  });

  it('gives the files of a release that visitors get, and no others', async () => {
    const ticket = await open(ada, await publish());
    const { files } = (await (await get(ticket)).json()) as ProjectReleaseFiles;
    expect(files.map(({ path }) => path).sort()).toEqual(['.well-known/x', 'a/b c ü.txt', 'index.html']);
    for (const { path, sha256, size } of files) {
      const body = Buffer.from(await (await file(ticket, path)).arrayBuffer());
      expect([body.length, createHash('sha256').update(body).digest('hex')]).toEqual([size, sha256]);
    }
  });

  it.each([
    '.env',
    '../1.json',
    '../../../../etc/passwd',
    '/etc/passwd',
    'a',
    'a/../index.html',
    'nothing',
    '',
  ])('does not give %j', async (path) => {
    const answer = await file(await open(ada, await publish()), path);
    expect(answer.status).toBe(404);
  });

  it('gives nothing without the ticket of that release', async () => {
    await publish();
    const first = await open(ada, 1);
    await publish({ 'index.html': 'next' });
    const second = await open(ada, 2);
    for (const ticket of ['', 'nothing', second.ticket]) {
      expect((await get({ ...first, ticket })).status).toBe(403);
      expect((await file({ ...first, ticket }, 'index.html')).status).toBe(403);
    }
    expect(await (await file(first, 'index.html')).text()).toBe('hello');
  });

  it('gives no release that it does not have, and nothing of a program', async () => {
    expect(await code(open(ada, 1))).toBe('release_not_found');
    const program = await world.ready(ada, { template: 'php', autoPublish: 'manual' });
    await world.upload(program.id, { 'index.php': '<?php' });
    await world.app.call(publishProject, contextOf(ada), { id: program.id });
    await eventually(async () => (await world.get(ada, program.id)).release === 1);
    expect(await code(open(ada, 1, program.id))).toBe('runs_a_program');
  });

  it('tells when it serves another release, earlier or later, and when it goes', async () => {
    const { told, nats } = await listen();
    const heard = (times: number) =>
      eventually(() => Promise.resolve(told.filter((id) => id === shop.id).length === times));
    await publish();
    await heard(1);
    await publish({ 'index.html': 'next' });
    await heard(2);
    await world.app.call(rollBackProject, contextOf(ada), { id: shop.id });
    await heard(3);
    await world.app.call(deleteProject, contextOf(ada), { id: shop.id });
    await heard(4);
    await nats.close();
  });
});

async function listen(): Promise<{ told: string[]; nats: NatsConnection }> {
  const { host: servers, username: user, password } = new URL(text('NATS_URL'));
  const nats = await connect({ servers, user, pass: decodeURIComponent(password) });
  const codec = JSONCodec<ProjectEvent>();
  const told: string[] = [];
  nats.subscribe(projectChanged.subject, {
    callback: (_error, { data }) => void told.push(codec.decode(data).projectId),
  });
  await nats.flush();
  return { told, nats };
}
