/** Projects that run a program, in a service of its own; what they run in is in memory. */
import { existsSync } from 'node:fs';
import {
  deleteProject,
  exhausted,
  listProjectReleases,
  listProjects,
  NuboError,
  publishProject,
  readProjectLog,
  rollBackProject,
  updateProject,
  type CreatedProjectView,
  type CreateProject,
  type Principal,
  type ProjectView,
  type UpdateProject,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { HostContent, ProjectNetwork, ProjectRevision, Replica } from '../../../../libs/entities/src/hosting';
import { ProjectFolders } from '../projects/project-folders.driver';
import { HostingWorld } from '../testing/hosting-world';

jest.setTimeout(60_000);

let world: HostingWorld;
let who: Principal;
beforeAll(async () => {
  world = await HostingWorld.open();
});
afterAll(() => world.stop());
beforeEach(async () => {
  who = await world.owner();
});
afterEach(() => {
  world.services.crashing.clear();
  world.services.ill.clear();
  world.services.refusal = undefined;
});

const until = (id: string, enough: (view: ProjectView) => boolean): Promise<ProjectView> =>
  eventually(async () => {
    const view = await world.get(who, id);
    return enough(view) ? view : undefined;
  });

const isReady = ({ state }: ProjectView): boolean => state === 'ready';
const hasFailed = ({ state }: ProjectView): boolean => state === 'error';

async function publish(id: string, text: string): Promise<void> {
  await world.upload(id, { 'server.js': text });
  await world.app.call(publishProject, contextOf(who), { id });
}

/** A project whose first release is served. */
async function serving(wish: Partial<CreateProject> = {}): Promise<CreatedProjectView> {
  const made = await world.ready(who, { template: 'node', autoPublish: 'manual', ...wish });
  await publish(made.id, 'one');
  await until(made.id, (view) => isReady(view) && view.served === 1);
  return made;
}

const change = (input: UpdateProject): Promise<ProjectView> =>
  world.app.call(updateProject, contextOf(who), input);

const releases = async (id: string): Promise<string[]> =>
  (await world.app.call(listProjectReleases, contextOf(who), { id })).items.map(
    ({ number, state }) => `${number} ${state}`,
  );

it('is led to once all replicas answer, each with the release, the settings and nothing else to write to', async () => {
  const { id, name, hostname } = await serving({
    replicas: 3,
    memory: 96,
    env: { A: 'b' },
    secrets: { KEY: 'hidden-1' },
  });
  expect(await world.endpoints(hostname)).toHaveLength(3);
  const containers = world.services.of(name);
  expect(containers).toHaveLength(3);
  const [{ content = '' } = {}] = containers;
  expect(content).toMatch(new RegExp(`^${id}/`));
  for (const one of containers)
    expect(one).toMatchObject({
      ...{ platformImage: 'nubo-node-18', memory: 96, readOnly: true, content, managedBy: 'hosting' },
      env: { A: 'b', KEY: 'hidden-1', PORT: '8080' },
    });
  expect(new Set(containers.map((one) => one.nics[0]?.subnetId)).size).toBe(1);
});

it('waits for the image that it runs in, and says so', async () => {
  world.services.refusal = new NuboError('not_found', 'no_platform_image', 'Build nubo-node-18.tar.');
  const { id } = await world.ready(who, { template: 'node', autoPublish: 'manual' });
  await publish(id, 'one');
  await until(id, ({ state, stateReason }) => state === 'updating' && /Build/.test(stateReason ?? ''));
  world.services.refusal = undefined;
  await until(id, (view) => isReady(view) && view.served === 1);
});

it('serves the old release while the new one does not answer, and says so', async () => {
  const { id, name, hostname } = await serving();
  const before = await world.endpoints(hostname);
  const ill = world.services.ill;
  const asked = jest.spyOn(world.services, 'ask').mockImplementation(async ({ port }) => {
    const isOld = before.some((line) => line.endsWith(` ${port}`));
    return isOld ? null : 'it answers 500 to GET /';
  });
  await publish(id, 'two');
  await eventually(() => world.services.of(name).length === 2);
  expect(await world.get(who, id)).toMatchObject({ state: 'updating', release: 2, served: 1 });
  expect(await world.endpoints(hostname)).toEqual(before);
  expect(await releases(id)).toEqual(['2 ready', '1 active']);
  asked.mockRestore();
  expect(ill.size).toBe(0);
  await until(id, (view) => isReady(view) && view.served === 2);
  expect(await releases(id)).toEqual(['2 active', '1 ready']);
  await eventually(() => world.services.of(name).length === 1);
  expect(await world.endpoints(hostname)).not.toEqual(before);
});

it('stays with the old release when the program of the new one ends, and tells why without its secrets', async () => {
  const { id, name, hostname } = await serving({ secrets: { TOKEN: 'do-not-tell' } });
  const before = await world.endpoints(hostname);
  world.services.crashing.set('2', 'cannot log in with do-not-tell\nTypeError: no\n');
  await publish(id, 'two');
  const { stateReason } = await until(id, hasFailed);
  expect(stateReason).toContain(
    'Release 2 did not start: its program ended with exit code 1. Release 1 is still',
  );
  expect(stateReason).toContain('TypeError: no');
  expect(stateReason).not.toContain('do-not-tell');
  expect(await world.get(who, id)).toMatchObject({ release: 2, served: 1 });
  expect(await world.endpoints(hostname)).toEqual(before);
  await eventually(() => world.services.of(name).length === 1);
  await eventually(async () => (await world.em.countBy(HostContent, { projectId: id })) === 1);

  world.services.crashing.clear();
  await change({ id, env: { FIXED: 'yes' } });
  await until(id, (view) => isReady(view) && view.served === 2);
});

it('tries a release that failed once more when it is asked to', async () => {
  const { id } = await serving();
  world.services.crashing.set('2', 'no\n');
  await publish(id, 'two');
  await until(id, hasFailed);
  world.services.crashing.clear();
  await change({ id, replicas: 1 });
  expect(await until(id, isReady)).toMatchObject({ served: 2, stateReason: null });
});

it('keeps the release before the one that is served, not one that did not start', async () => {
  const { id } = await world.ready(who, { template: 'node', autoPublish: 'manual', keepReleases: 2 });
  world.services.crashing.set('1', 'no\n');
  await publish(id, 'one');
  await until(id, hasFailed);
  world.services.crashing.clear();
  for (const number of [2, 3]) {
    await publish(id, `number ${number}`);
    await until(id, (view) => isReady(view) && view.served === number);
  }
  await eventually(async () => (await releases(id)).length === 2);
  expect(await releases(id)).toEqual(['3 active', '2 ready']);
});

it('goes back to an earlier release', async () => {
  const { id } = await serving();
  await publish(id, 'two');
  await until(id, (view) => isReady(view) && view.served === 2);
  await world.app.call(rollBackProject, contextOf(who), { id });
  await until(id, (view) => isReady(view) && view.served === 1);
});

it('changes the number of replicas without starting those that run anew', async () => {
  const { id, name, hostname } = await serving();
  const [first] = world.services.of(name);
  await change({ id, replicas: 3 });
  await until(id, isReady);
  await eventually(async () => (await world.endpoints(hostname)).length === 3);
  expect(world.services.of(name)).toContainEqual(first);
  await change({ id, replicas: 1 });
  await eventually(() => world.services.of(name).length === 1);
  expect(world.services.of(name)).toEqual([first]);
  await eventually(async () => (await world.endpoints(hostname)).length === 1);
});

it('sends nobody to a replica that does not answer, and goes on with those that do', async () => {
  const { id, name, hostname } = await serving({ replicas: 2 });
  const [first] = world.services.of(name);
  world.services.ill.add(first?.id ?? '');
  await change({ id, replicas: 2 });
  await eventually(async () => (await world.endpoints(hostname)).length === 1);
  expect((await until(id, isReady)).stateReason).toBe('1 of 2 replicas answer: it answers 500 to GET /');
  world.services.ill.clear();
  await eventually(async () => (await world.endpoints(hostname)).length === 2);
});

it('says which quota does not suffice, and serves on', async () => {
  const { id } = await serving();
  world.services.refusal = exhausted('quota_exhausted', 'The quota of containers is 1.');
  await publish(id, 'two');
  expect((await until(id, hasFailed)).stateReason).toContain('The quota of containers is 1.');
  expect(await world.get(who, id)).toMatchObject({ served: 1 });
});

it('leaves nothing when it is deleted', async () => {
  const { id, name, hostname } = await serving({ replicas: 2 });
  await world.app.call(deleteProject, contextOf(who), { id });
  await world.gone(who, id);
  expect(world.services.of(name)).toEqual([]);
  expect([...world.services.networks.values()].filter((one) => one.name === `site-${name}`)).toEqual([]);
  expect(await world.endpoints(hostname)).toEqual([]);
  for (const entity of [ProjectRevision, Replica, ProjectNetwork])
    expect(await world.em.countBy(entity, { projectId: id })).toBe(0);
  await eventually(async () => (await world.em.countBy(HostContent, { projectId: id })) === 0);
  expect([...world.services.laid].filter((path) => path.startsWith(id))).toEqual([]);
  expect(existsSync(world.app.get(ProjectFolders).site(id))).toBe(false);
});

describe('secrets', () => {
  it('are shown by name only, whoever asks', async () => {
    const { id } = await serving({ env: { SEEN: 'yes' }, secrets: { ZED: 'hidden-2', KEY: 'hidden-3' } });
    const list = await world.app.call(listProjects, contextOf(who), {});
    const changed = await change({ id, secrets: { KEY: 'hidden-4' } });
    for (const view of [await world.get(who, id), changed, ...list.items]) {
      expect(view.env).toEqual({ SEEN: 'yes' });
      expect(JSON.stringify(view)).not.toContain('hidden-');
    }
    expect(changed.secrets).toEqual(['KEY']);
    expect(list.items[0]?.secrets).toEqual(['KEY', 'ZED']);
  });

  it('are not in what its program wrote', async () => {
    const { id } = await serving({ secrets: { KEY: 'hidden-5' } });
    world.services.crashing.set('1', 'the key is hidden-5\n');
    const { text } = await world.app.call(readProjectLog, contextOf(who), { id, log: 'program' });
    expect(text).toBe('the key is •••\n');
  });

  it('are not in the part that one message holds either, when it wrote more', async () => {
    const { id } = await serving({ replicas: 2, secrets: { KEY: 'hidden-6' } });
    world.services.crashing.set('1', `${'"hidden-6"'.repeat(20)}\n`.repeat(4_000));
    const { text } = await world.app.call(readProjectLog, contextOf(who), { id, log: 'program' });
    expect(text).toMatch(/^("•••"){20}\n/);
  });

  it('must not be variables, too', async () => {
    const wish = world.create(who, { template: 'php', env: { A: '1' }, secrets: { A: '2' } });
    await expect(wish).rejects.toMatchObject({ kind: 'invalid' });
  });
});

it('has no settings of a program when it is files', async () => {
  await expect(world.create(who, { replicas: 2 })).rejects.toMatchObject({ kind: 'invalid' });
  const { id } = await world.ready(who);
  await expect(change({ id, env: { A: 'b' } })).rejects.toMatchObject({ kind: 'invalid' });
});

it('knows the versions of its language', async () => {
  expect(await world.create(who, { template: 'php' })).toMatchObject({ templateVersion: '8.2' });
  const wish = world.create(who, { template: 'php', templateVersion: '5.6' });
  await expect(wish).rejects.toMatchObject({ kind: 'invalid' });
});

it('is run by what the operator has set up, and by nothing else', async () => {
  expect(await world.create(who, { template: 'php' })).toMatchObject({ runner: 'nubo' });
  expect(await world.create(who, { template: 'php', runner: 'nubo' })).toMatchObject({ runner: 'nubo' });
  expect(await world.create(who)).toMatchObject({ runner: null });
  await expect(world.create(who, { template: 'php', runner: 'kubernetes' })).rejects.toMatchObject({
    ...{ kind: 'invalid', message: 'runner: must be one of nubo' },
  });
  await expect(world.create(who, { runner: 'nubo' })).rejects.toMatchObject({ kind: 'invalid' });
});

describe('the health path', () => {
  it('is / unless another is wished for, and another one starts the program anew', async () => {
    const { id, name, healthPath } = await serving();
    expect(healthPath).toBe('/');
    const [before] = world.services.of(name);
    world.services.asked.clear();
    expect((await change({ id, healthPath: '/health?deep=1' })).healthPath).toBe('/health?deep=1');
    await until(id, isReady);
    expect(world.services.asked).toContain('/health?deep=1');
    await eventually(() => world.services.of(name).length === 1);
    expect(world.services.of(name)).not.toContainEqual(before);
  });

  it.each(['health', '', '/a b', '/a\r\nX: y', '/$(id)', `/${'x'.repeat(200)}`, '/ü', '//evil example'])(
    'is not %j',
    async (healthPath) => {
      await expect(world.create(who, { template: 'php', healthPath })).rejects.toMatchObject({
        kind: 'invalid',
      });
    },
  );

  it('is for projects that run a program', async () => {
    await expect(world.create(who, { healthPath: '/health' })).rejects.toMatchObject({ kind: 'invalid' });
  });
});
