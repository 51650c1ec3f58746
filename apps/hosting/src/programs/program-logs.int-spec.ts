/** What a program wrote, as its people read it over SFTP. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { publishProject, type CreatedProjectView, type CreateProject, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { ProjectFolders } from '../projects/project-folders.driver';
import { HostingWorld } from '../testing/hosting-world';
import { ProgramLogs } from './program-logs.service';

jest.setTimeout(60_000);

describe('the log of a program over SFTP', () => {
  let world: HostingWorld;
  let ada: Principal;
  beforeAll(async () => {
    world = await HostingWorld.open();
    ada = await world.owner();
  });
  afterAll(() => world?.stop());

  async function serving(wish: Partial<CreateProject>): Promise<CreatedProjectView> {
    const made = await world.ready(ada, { autoPublish: 'manual', ...wish });
    await world.upload(made.id, { 'server.js': 'one' });
    await world.app.call(publishProject, contextOf(ada), { id: made.id });
    await eventually(async () => (await world.get(ada, made.id)).served === 1);
    return made;
  }
  const folder = ({ id }: CreatedProjectView): string => world.app.get(ProjectFolders).logs(id);
  const look = (): Promise<void> => world.app.get(ProgramLogs).look();

  it('is there while somebody is connected, readable and without secrets', async () => {
    const made = await serving({ template: 'node', secrets: { KEY: 'listening' } });
    await look();
    expect(await readdir(folder(made))).toEqual([]);
    await world.session(made);
    await look();
    await look();
    expect(await readdir(folder(made))).toEqual(['program.log']);
    const file = join(folder(made), 'program.log');
    expect(await readFile(file, 'utf8')).toBe('•••\n');
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  it('is not there for a site that is files', async () => {
    const made = await serving({});
    await world.session(made);
    await look();
    expect(await readdir(folder(made))).toEqual([]);
  });
});
