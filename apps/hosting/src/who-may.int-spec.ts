/** Who may do what with projects: every operation for people, as everybody. */
import {
  addDomain,
  addSshKey,
  createProject,
  deleteProject,
  getProject,
  listDomains,
  listProjects,
  listSshKeys,
  listProjectReleases,
  projectShares,
  publishProject,
  readProjectLog,
  removeDomain,
  removeSshKey,
  resetSftpPassword,
  rollBackProject,
  updateProject,
  type Principal,
} from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import {
  actorsAround,
  contextOf,
  expectedOf,
  granteesOf,
  probe,
  readers,
  readersWith,
  unclassified,
  verdicts,
  type Actors,
  type Probe,
} from '@nubo/testing';
import { HostingWorld } from './testing/hosting-world';

jest.setTimeout(60_000);

interface Made {
  actors: Actors;
  project: string;
  key: string;
  domain: string;
}

const KEYS = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr one',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr two',
] as const;
const friend = ({ actors }: Made): string => actors.manage?.userId ?? '';

const PROBES: Probe<Made>[] = [
  probe(listProjects, 'user'),
  probe(createProject, 'user', () => ({ name: 'another' })),
  probe(getProject, 'use', ({ project: id }) => ({ id })),
  probe(updateProject, 'manage', ({ project: id }) => ({ id, metadata: {} })),
  probe(deleteProject, 'manage', ({ project: id }) => ({ id })),
  probe(resetSftpPassword, 'manage', ({ project: id }) => ({ id })),
  probe(listSshKeys, 'use', ({ project: id }) => ({ id })),
  probe(addSshKey, 'manage', ({ project: id }) => ({ id, key: KEYS[1] })),
  probe(removeSshKey, 'manage', ({ project: id, key: keyId }) => ({ id, keyId })),
  probe(listDomains, 'use', ({ project: id }) => ({ id })),
  probe(addDomain, 'manage', ({ project: id }) => ({ id, domain: 'two.example' })),
  probe(removeDomain, 'manage', ({ project: id, domain: domainId }) => ({ id, domainId })),
  probe(readProjectLog, 'use', ({ project: id }) => ({ id })),
  probe(listProjectReleases, 'use', ({ project: id }) => ({ id })),
  probe(publishProject, 'manage', ({ project: id }) => ({ id })),
  probe(rollBackProject, 'manage', ({ project: id }) => ({ id })),
  probe(projectShares.list, 'manage', ({ project: id }) => ({ id })),
  probe(projectShares.create, 'manage', (made) => ({ id: made.project, user: friend(made) })),
  probe(projectShares.remove, 'manage', (made) => ({ id: made.project, userId: friend(made) })),
];

describe('who may do what with projects', () => {
  let world: HostingWorld;
  let made: Made;

  beforeAll(async () => {
    world = await HostingWorld.open({ idle: true });
    const maker: Principal = { ...(await world.owner()), role: 'member' };
    const actors = actorsAround(maker);
    await openAccount(world.em, actors.stranger?.tenantId ?? '');
    const { id: project } = await world.create(maker);
    for (const [who, level] of granteesOf(actors)) await grant(world.em, project, who, level);
    const { id: key } = await world.app.call(addSshKey, contextOf(maker), { id: project, key: KEYS[0] });
    const wish = { id: project, domain: 'one.example' };
    const { id: domain } = await world.app.call(addDomain, contextOf(maker), wish);
    made = { actors, project, key, domain };
  });
  afterAll(() => world?.stop());

  it('is said for every operation', () => {
    expect(unclassified('hosting', PROBES)).toEqual([]);
  });

  it.each(PROBES.map((each): [string, Probe<Made>] => [`${each.op.subject} ${each.how ?? ''}`, each]))(
    '%s',
    async (_, each) => {
      expect(await verdicts(world.app, made.actors, each, made)).toEqual(expectedOf(each));
    },
  );

  it('lists only what can be seen', async () => {
    expect(await readers(world.app, made.actors, listProjects, [made.project])).toEqual(readersWith('use'));
  });
});
