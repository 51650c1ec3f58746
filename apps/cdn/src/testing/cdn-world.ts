/** The cdn service with a real database and bus; the services around it and its instances are in memory. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDistribution,
  getDistribution,
  openContent,
  type CreateDistribution,
  type DistributionView,
  type Principal,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
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
import { CdnInstance } from '../../../../libs/entities/src/cdn';
import { CdnModule } from '../cdn.module';
import { tarGzOf } from '../contents/testing/archives';
import { InstanceControl } from '../delivery/instance-control.driver';
import { InstancesInMemory, type Inside } from './instances-in-memory';
import { ServicesInMemory } from './services-in-memory';

export type Files = Record<string, string>;

export class CdnWorld {
  private constructor(
    readonly app: TestApp,
    readonly instances: InstancesInMemory,
    readonly services: ServicesInMemory,
    private readonly database: TestDatabase,
    private readonly folder: string,
  ) {}

  /** `idle`: nothing is reconciled by itself. */
  static async open({ idle = false, settings = {} } = {}): Promise<CdnWorld> {
    const database = await testDatabase();
    const instances = new InstancesInMemory();
    const services = new ServicesInMemory();
    const folder = await mkdtemp(join(tmpdir(), 'nubo-cdn-'));
    const app = await testApp(CdnModule, 'cdn', {
      overrides: [
        [InstanceControl, instances],
        ...(idle ? ([[Worker, { register: () => undefined }]] as const) : []),
      ],
      settings: { NUBO_SSH_KEY: 'not used here', NUBO_DATA_DIR: folder, ...settings },
    });
    await services.answer(app);
    const world = new CdnWorld(app, instances, services, database, folder);
    for (const location of ['loc1', 'loc2', 'loc3']) await world.host(location);
    return world;
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

  /** Sends an archive as the gateway does; the manifest of what it holds. */
  async content(who: Principal, files: Files): Promise<string> {
    const { url, ticket } = await this.app.call(openContent, contextOf(who), {});
    const archive = await tarGzOf(Object.entries(files).map(([name, body]) => ({ name, body })));
    const response = await this.send(url, ticket, archive);
    const { manifest } = (await response.json()) as { manifest: string };
    return manifest;
  }

  send(url: string, ticket: string, body: Buffer): Promise<Response> {
    const headers = { Authorization: `Ticket ${ticket}`, 'Content-Type': 'application/octet-stream' };
    return fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
  }

  async create(
    who: Principal,
    files: Files,
    more: Partial<CreateDistribution> = {},
  ): Promise<DistributionView> {
    const wish = { locations: ['loc1', 'loc2'], subnet: '190.0.0.0/24', ...more };
    const content = more.origin || more.srcdata ? {} : { content: await this.content(who, files) };
    return this.app.call(createDistribution, contextOf(who), { ...wish, ...content });
  }

  /** A distribution whose instances serve it. */
  async ready(
    who: Principal,
    files: Files,
    more: Partial<CreateDistribution> = {},
  ): Promise<DistributionView> {
    const { id } = await this.create(who, files, more);
    return this.until(who, id, ({ state }) => state === 'ready');
  }

  until(who: Principal, id: string, enough: (view: DistributionView) => boolean): Promise<DistributionView> {
    return eventually(async () => {
      const view = await this.app.call(getDistribution, contextOf(who), { id });
      return enough(view) ? view : undefined;
    });
  }

  /** What is inside of an instance of a distribution. */
  async inside(distributionId: string, role: string, location?: string): Promise<Inside & { token: string }> {
    const where = { distributionId, role: role as CdnInstance['role'], ...(location && { location }) };
    const { token } = await this.em.findOneByOrFail(CdnInstance, where);
    return Object.assign(this.instances.of(token), { token });
  }

  private async host(location: string): Promise<void> {
    const id = randomUUID();
    const place = { location, roles: ['compute' as const], state: 'ready' as const };
    const login = { user: 'root', hostKey: 'SHA256:test', address: `192.0.2.${location.slice(3)}` };
    await this.em.insert(Host, { id, name: id, userId: 'test', ...place, ...login });
  }
}
