/** A disk that is full, while a release is made. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { publishProject, type CreatedProjectView, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { HostingWorld } from '../testing/hosting-world';

jest.setTimeout(60_000);

const MIB = 1024 * 1024;

describe('a disk that is full', () => {
  let world: HostingWorld;
  let ada: Principal;
  let shop: CreatedProjectView;
  let incoming: string;
  beforeAll(async () => {
    world = await HostingWorld.open();
    incoming = join(world.folder, 'incoming');
    ada = await world.owner();
    shop = await world.ready(ada, { autoPublish: 'manual' });
  });
  afterAll(() => world?.stop());

  const publish = async (): Promise<void> => {
    await world.app.call(publishProject, contextOf(ada), { id: shop.id });
  };
  const served = (): Promise<Record<string, string>> => world.served(shop.hostname);

  it('leaves the release before as it is, and the next one comes when there is room again', async () => {
    await world.upload(shop.id, { 'index.html': 'first' });
    await publish();
    await eventually(async () => (await served())['index.html'] === 'first');
    await mkdir(incoming, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', incoming]);
    try {
      await world.upload(shop.id, { 'large.bin': 'x'.repeat(2 * MIB) });
      await publish();
      await eventually(async () => {
        const sql = `SELECT last_error FROM work WHERE kind = 'project-release' AND last_error LIKE '%ENOSPC%'`;
        return (await world.em.query<unknown[]>(sql)).length > 0;
      });
      expect(await served()).toEqual({ 'index.html': 'first' });
    } finally {
      execFileSync('umount', [incoming]);
    }
    await eventually(async () => (await served())['large.bin']?.length === 2 * MIB);
  });
});
