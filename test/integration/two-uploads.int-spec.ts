/** Two sessions of SFTP upload to one project at once, and one of them breaks: a real server, a real hosting service. */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import {
  listProjectReleases,
  publishProject,
  type CreatedProjectView,
  type Principal,
  type ProjectReleaseView,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { Client, type SFTPWrapper } from 'ssh2';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { HostingBackend } from '../../apps/sftp/src/backends/hosting.driver';
import { hostKey } from '../../apps/sftp/src/connections/host-key.driver';
import { SftpServer } from '../../apps/sftp/src/sftp.server';
import { call } from '../../apps/sftp/src/testing/world';
import { SftpSession } from '../../libs/entities/src/hosting';

jest.setTimeout(60_000);

interface Session {
  client: Client;
  sftp: SFTPWrapper;
}

describe('two uploads at once', () => {
  let world: HostingWorld;
  let server: SftpServer;
  let port: number;
  let who: Principal;
  let site: CreatedProjectView;
  let mine: Session;
  let theirs: Session;
  const clients: Client[] = [];

  beforeAll(async () => {
    world = await HostingWorld.open();
    server = new SftpServer({
      host: '127.0.0.1',
      port: 0,
      hostKey: hostKey(join(world.folder, 'host_ed25519')),
      backend: new HostingBackend({ url: world.app.url, secret: 'between us', dir: world.folder }),
      admission: { perAddress: 64, waitingPerAddress: 32 },
      authentication: { tries: 6, keys: 20, deniedMs: 50 },
      graceMs: 30_000,
    });
    port = await server.listen();
  });
  afterAll(async () => {
    clients.forEach((client) => client.end());
    await server?.close();
    await world?.stop();
  });
  beforeEach(async () => {
    who = await world.owner();
    site = await world.ready(who, { quietSeconds: 1 });
    [mine, theirs] = [await session(), await session()];
  });

  async function session(): Promise<Session> {
    const client = new Client().on('error', () => undefined);
    clients.push(client);
    const { password, sftp } = site;
    client.connect({ host: '127.0.0.1', port, username: sftp.login, password: password ?? '' });
    await new Promise<void>((resolve, reject) => client.once('ready', resolve).once('error', reject));
    return { client, sftp: await call<SFTPWrapper>((done) => client.sftp(done)) };
  }
  const begin = async ({ sftp }: Session, name: string, text: string): Promise<Buffer> => {
    const file = await call<Buffer>((done) => sftp.open(`/site/${name}`, 'w', done));
    const bytes = Buffer.from(text);
    await call((done) => sftp.write(file, bytes, 0, bytes.length, 0, done));
    return file;
  };
  const end = ({ sftp }: Session, file: Buffer): Promise<unknown> => call((done) => sftp.close(file, done));
  const put = async (by: Session, name: string, text: string): Promise<unknown> =>
    end(by, await begin(by, name, text));
  const breakOff = ({ client }: Session): void =>
    void (client as unknown as { _sock: Socket })._sock.destroy();

  const releases = async (): Promise<ProjectReleaseView[]> =>
    (await world.app.call(listProjectReleases, contextOf(who), { id: site.id })).items;
  const sessions = (): Promise<number> => world.em.countBy(SftpSession, { projectId: site.id });
  const served = (): Promise<Record<string, string>> => world.served(site.hostname);
  const isServed = (files: Record<string, string>): Promise<unknown> =>
    eventually(async () => JSON.stringify(sorted(await served())) === JSON.stringify(sorted(files)));
  const tells = (what: string): Promise<unknown> =>
    eventually(async () => (await world.get(who, site.id)).publishing?.includes(what));

  it('of different files become one release once both are done', async () => {
    const [one, two] = [await begin(mine, 'one.html', 'mine'), await begin(theirs, 'two.html', 'theirs')];
    await end(mine, one);
    await tells('An upload is under way.');
    await end(theirs, two);
    await isServed({ 'one.html': 'mine', 'two.html': 'theirs' });
    expect(await releases()).toHaveLength(1);
  });

  it('of different files, one of which breaks off, publish the whole one when asked to, and nothing by themselves', async () => {
    await begin(theirs, 'video.mp4', 'the first hal');
    await put(mine, 'index.html', 'whole');
    breakOff(theirs);
    await tells('The upload of video.mp4 was broken off');
    expect(await releases()).toEqual([]);
    await world.app.call(publishProject, contextOf(who), { id: site.id });
    await isServed({ 'index.html': 'whole' });
    expect(await releases()).toMatchObject([{ number: 1, files: 1, unfinished: 1 }]);
    await put(mine, 'video.mp4', 'both halves');
    await isServed({ 'index.html': 'whole', 'video.mp4': 'both halves' });
  });

  it.each(['before', 'after'])(
    'of the same file, one of which breaks off %s the other is done, leave the release before as it is',
    async (when) => {
      await put(mine, 'page.html', 'first');
      await isServed({ 'page.html': 'first' });
      const [one] = [await begin(mine, 'page.html', 'mine'), await begin(theirs, 'page.html', 'th')];
      if (when === 'after') await end(mine, one);
      breakOff(theirs);
      if (when === 'before') {
        await eventually(async () => (await sessions()) === 1);
        await end(mine, one);
      }
      await tells('The upload of page.html was broken off');
      expect(await served()).toEqual({ 'page.html': 'first' });
      await put(mine, 'page.html', 'second');
      await isServed({ 'page.html': 'second' });
    },
  );
});

const sorted = (files: Record<string, string>): [string, string][] => Object.entries(files).sort();
