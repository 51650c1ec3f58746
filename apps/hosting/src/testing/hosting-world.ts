/** The hosting service with a real database, bus and folder; people are known to it by their ids. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createProject,
  getProject,
  nameUsers,
  resolveUser,
  type CreatedProjectView,
  type CreateProject,
  type Principal,
  type ProjectView,
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
  type TestDatabase,
} from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { HostingModule } from '../hosting.module';

let count = 0;

export class HostingWorld {
  private constructor(
    readonly app: TestApp,
    /** Holds what is uploaded and served. */
    readonly folder: string,
    private readonly database: TestDatabase,
  ) {}

  /** `idle`: nothing is reconciled by itself. */
  static async open({ idle = false, settings = {} } = {}): Promise<HostingWorld> {
    const database = await testDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'nubo-hosting-'));
    const app = await testApp(HostingModule, 'hosting', {
      overrides: idle ? [[Worker, { register: () => undefined }]] : [],
      settings: { NUBO_DATA_DIR: folder, NUBO_HOSTING_ZONE: 'sites.test', ...settings },
    });
    const person = (userId: string) => ({ userId, tenantId: null, email: `${userId}@nubo.test` });
    await app.bus.answer(resolveUser, ({ user }) => person(user));
    await app.bus.answer(nameUsers, ({ userIds }) => ({ items: userIds.map(person) }));
    return new HostingWorld(app, folder, database);
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
}
