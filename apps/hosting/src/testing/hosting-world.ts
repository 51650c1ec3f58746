/** The hosting service with a real database, bus and folder; people are known to it by their ids. */
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import {
  createProject,
  getProject,
  nameUsers,
  publishProject,
  resolveUser,
  type CreatedProjectView,
  type CreateProject,
  type Principal,
  type ProjectView,
  type SftpActivity,
} from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import { Worker } from '@nubo/reconcile';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestAppOptions,
  type TestDatabase,
} from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { ProofPace } from '../domains/domains.rules';
import { Proofs } from '../domains/proofs.driver';
import { HostingModule } from '../hosting.module';
import { ProjectFolders } from '../projects/project-folders.driver';
import { HostContents } from '../runners/nubo/host-contents.driver';
import { Probe } from '../runners/nubo/probe.driver';
import { ProofsInMemory } from './proofs-in-memory';
import { ServicesInMemory } from './services-in-memory';

const SECRET = 'between us';
let count = 0;

interface WorldOptions {
  /** Nothing is reconciled by itself. */
  idle?: boolean;
  settings?: Record<string, string>;
  overrides?: TestAppOptions['overrides'];
}

export class HostingWorld {
  app!: TestApp;

  private constructor(
    private readonly database: TestDatabase,
    /** Holds what is uploaded and served. */
    readonly folder: string,
    private readonly options: WorldOptions,
    /** What programs run in, and whether they answer. */
    readonly services = new ServicesInMemory(),
    /** What DNS says of domains, unless a resolver is named. */
    readonly proofs = new ProofsInMemory(),
  ) {}

  static async open(options: WorldOptions = {}): Promise<HostingWorld> {
    const database = await testDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'nubo-hosting-'));
    const world = new HostingWorld(database, folder, options);
    await world.start();
    return world;
  }

  /** Stops the service, and starts it with other settings over the same database and folder. */
  async again(settings: Record<string, string>): Promise<void> {
    await this.app.stop();
    await this.start(settings);
  }

  private async start(more: Record<string, string> = {}): Promise<void> {
    const { idle = false, settings = {}, overrides = [] } = this.options;
    const pace = Object.assign(new ProofPace(), { soonMs: 100, lateMs: 200, againMs: 200 });
    this.app = await testApp(HostingModule, 'hosting', {
      overrides: [
        [HostContents, this.services],
        [Probe, this.services],
        [ProofPace, pace],
        ...(settings.NUBO_HOSTING_RESOLVERS ? [] : ([[Proofs, this.proofs]] as const)),
        ...overrides,
        ...(idle ? ([[Worker, { register: () => undefined }]] as const) : []),
      ],
      settings: {
        NUBO_DATA_DIR: this.folder,
        NUBO_HOSTING_ZONE: 'sites.test',
        NUBO_PUBLIC_URL: 'https://cloud.sites.test',
        NUBO_SFTP_SECRET: SECRET,
        NUBO_SSH_KEY: 'not used here',
        ...settings,
        ...more,
      },
    });
    const person = (userId: string) => ({ userId, tenantId: null, email: `${userId}@nubo.test` });
    await this.app.bus.answer(resolveUser, ({ user }) => person(user));
    await this.app.bus.answer(nameUsers, ({ userIds }) => ({ items: userIds.map(person) }));
    await this.services.answer(this.app);
  }

  get em(): EntityManager {
    return this.app.get(Database).manager;
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.database.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async owner(): Promise<Principal> {
    const who = someone('owner');
    await openAccount(this.em, who.tenantId ?? '');
    return who;
  }

  create(who: Principal, wish: Partial<CreateProject> = {}): Promise<CreatedProjectView> {
    count += 1;
    return this.app.call(createProject, contextOf(who), { name: `site-${count}`, ...wish });
  }

  get(who: Principal, id: string): Promise<ProjectView> {
    return this.app.call(getProject, contextOf(who), { id });
  }

  /** A project that stands. */
  async ready(who: Principal, wish: Partial<CreateProject> = {}): Promise<CreatedProjectView> {
    const made = await this.create(who, wish);
    await eventually(async () => (await this.get(who, made.id)).state === 'ready');
    return made;
  }

  /** Until nothing of it is known. */
  async gone(who: Principal, id: string): Promise<void> {
    await eventually(async () => {
      const error = await this.get(who, id).catch((thrown: { kind?: string }) => thrown);
      return 'kind' in error && error.kind === 'not_found';
    });
  }

  /** Writes into what is uploaded, as SFTP does; `null` removes. */
  async upload(projectId: string, files: Record<string, string | null>): Promise<void> {
    const tree = this.app.get(ProjectFolders).tree(projectId);
    for (const [path, text] of Object.entries(files)) {
      const file = join(tree, path);
      await mkdir(dirname(file), { recursive: true });
      if (text === null) await rm(file);
      else await writeFile(file, text);
    }
  }

  /** Uploads, publishes, and waits until visitors get it. */
  async publish(who: Principal, id: string, files: Record<string, string>): Promise<void> {
    await this.upload(id, files);
    const { number } = await this.app.call(publishProject, contextOf(who), { id });
    await eventually(async () => (await this.get(who, id)).served === number);
  }

  /** Where the web server sends visitors of a site that runs a program. */
  async endpoints(hostname: string): Promise<string[]> {
    const file = join(this.folder, 'sites', 'hosts', hostname);
    const text = await realpath(file).then(
      (root) => readFile(join(root, '..', 'endpoints'), 'utf8'),
      () => '',
    );
    return text.split('\n').filter(Boolean);
  }

  /** A file that a client is in the midst of. */
  async uploadHalf(projectId: string, path: string, text: string): Promise<void> {
    await this.upload(projectId, { [path]: text });
    await chmod(join(this.app.get(ProjectFolders).tree(projectId), path), 0o1644);
  }

  /** What a web server reads under that name, by path; nothing while nothing is served. */
  async served(hostname: string): Promise<Record<string, string>> {
    const folder = join(this.folder, 'sites', 'hosts', hostname);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    const read = files.map(async (file) => [relative(folder, file), await readFile(file, 'utf8')]);
    return Object.fromEntries(await Promise.all(read)) as Record<string, string>;
  }

  /** As the SFTP server asks. */
  async sftp(path: string, body: object, { method = 'POST', secret = SECRET } = {}): Promise<Answer> {
    const response = await fetch(`${this.app.url}/internal/sftp/${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${secret}`,
        ...(method === 'POST' && { 'Content-Type': 'application/json' }),
      },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  /** A session of who knows the password. */
  async session({ sftp, password }: CreatedProjectView, address = '192.0.2.1'): Promise<string> {
    const { body } = await this.sftp('sessions', { login: sftp.login, password, address });
    return String(body.sessionId);
  }

  async note(session: string, activity: Partial<SftpActivity>): Promise<number> {
    const whole = { writers: 0, touched: false, ...activity };
    return (await this.sftp(`sessions/${session}/activity`, whole)).status;
  }
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}
