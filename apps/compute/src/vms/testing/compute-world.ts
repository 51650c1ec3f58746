/** The compute service with a real database and bus, on simulated hosts, beside an in-memory network. */
import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createContainer,
  createVm,
  type ContainerView,
  type CreateContainer,
  type CreateVm,
  type Principal,
  type VmView,
} from '@nubo/contracts';
import { Host, HostsAccess } from '@nubo/fleet';
import { Database, grant } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import { wake, Worker } from '@nubo/reconcile';
import { contextOf, eventually, SimulatedHypervisor, someone, testApp, testDatabase } from '@nubo/testing';
import type { TestApp, TestAppOptions, TestDatabase } from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { Image } from '../../../../../libs/entities/src/compute';
import { ComputeModule } from '../../compute.module';
import { ContainerRuntime } from '../../containers/containers.driver';
import { RuntimeInMemory } from '../../containers/testing/runtime-in-memory';
import { ImageCopies } from '../../images/image-copies.service';
import { Hypervisor } from '../vms.driver';
import { FakeNetwork } from './fake-network';

export const IMAGE_FILE = '/var/lib/nubo/images/image.qcow2';

export interface WorldOptions {
  /** No reconciler runs by itself. */
  idle?: boolean;
  /** In place of one of its own. */
  hypervisor?: SimulatedHypervisor;
  overrides?: NonNullable<TestAppOptions['overrides']>;
  /** Images that are really brought to hosts. */
  copies?: boolean;
  /** Real hosts instead of simulated ones. */
  hosts?: Pick<HostsAccess, 'reach' | 'drop' | 'onApplicationShutdown'>;
}

type Failed = (reason: string) => Promise<void>;

export class ComputeWorld {
  /** Why no image reaches a host now. */
  imageFault: string | undefined;
  readonly network = new FakeNetwork();
  readonly runtime = new RuntimeInMemory();
  app!: TestApp;

  private constructor(
    readonly hypervisor: SimulatedHypervisor,
    private readonly database: TestDatabase,
    private readonly folder: string,
    private readonly options: WorldOptions,
  ) {}

  static async open(options: WorldOptions = {}): Promise<ComputeWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'nubo-compute-'));
    const database = await testDatabase();
    const world = new ComputeWorld(
      options.hypervisor ?? new SimulatedHypervisor(),
      database,
      folder,
      options,
    );
    await world.start();
    return world;
  }

  /** The service ends and begins again on the same database. */
  async restart(): Promise<void> {
    await this.app.stop();
    await this.start();
  }

  get em(): EntityManager {
    return this.app.get(Database).manager;
  }

  /** Somebody of a new tenant that has the default quota. */
  async person(role: 'owner' | 'member' = 'owner'): Promise<Principal> {
    const who = someone(role);
    await openAccount(this.em, who.tenantId ?? '');
    return who;
  }

  async host(overrides: Partial<Host> = {}): Promise<Host> {
    const id = randomUUID();
    const room = {
      vcpus: 64,
      memoryMib: 65_536,
      diskGib: 1_000,
      virt: 'qemu' as const,
      roles: ['compute' as const],
    };
    const where = { address: `192.0.2.1-${id}`, user: 'root', hostKey: 'SHA256:none', location: 'loc1' };
    const row = { id, name: `h-${id.slice(0, 8)}`, userId: randomUUID(), state: 'ready' as const };
    await this.em.insert(Host, { ...row, ...where, ...room, ...overrides });
    return this.em.findOneByOrFail(Host, { id });
  }

  /** A host whose events are heard, as of one that was enrolled. */
  async watchedHost(overrides: Partial<Host> = {}): Promise<Host> {
    const host = await this.host(overrides);
    await wake(this.em, 'host-inventory', host.id);
    await eventually(() => this.hypervisor.isWatched(host.id));
    return host;
  }

  async image(owner: Principal | null, overrides: Partial<Image> = {}): Promise<string> {
    const id = randomUUID();
    const row = {
      id,
      name: 'guest',
      tenantId: owner?.tenantId ?? null,
      userId: owner?.userId ?? randomUUID(),
    };
    await this.em.insert(Image, {
      ...row,
      url: 'http://images.test/',
      state: 'ready',
      minDisk: 2,
      ...overrides,
    });
    if (owner) await grant(this.em, id, owner, 'manage');
    return id;
  }

  /** A ready image for containers whose file is here. */
  async archive(owner: Principal, file: string): Promise<string> {
    const content = readFileSync(file);
    const fileSha256 = createHash('sha256').update(content).digest('hex');
    const id = await this.image(owner, { kind: 'container', fileSha256, size: String(content.length) });
    mkdirSync(join(this.folder, 'images'), { recursive: true });
    copyFileSync(file, join(this.folder, 'images', `${id}.tar`));
    return id;
  }

  subnet(): string {
    const id = randomUUID();
    this.network.subnets.add(id);
    return id;
  }

  /** A wish that can be fulfilled. */
  async wish(owner: Principal, overrides: Partial<CreateVm> = {}): Promise<CreateVm> {
    const imageId = overrides.imageId ?? (await this.image(owner));
    return { name: 'web', imageId, nics: [{ subnetId: this.subnet() }], ...overrides };
  }

  async create(owner: Principal, overrides: Partial<CreateVm> = {}): Promise<VmView> {
    return this.app.call(createVm, contextOf(owner), await this.wish(owner, overrides));
  }

  /** A wish for a container that can be fulfilled. */
  async containerWish(owner: Principal, overrides: Partial<CreateContainer> = {}): Promise<CreateContainer> {
    const imageId = overrides.imageId ?? (await this.image(owner, { kind: 'container' }));
    return { name: 'web', imageId, nics: [{ subnetId: this.subnet() }], ...overrides };
  }

  async container(owner: Principal, overrides: Partial<CreateContainer> = {}): Promise<ContainerView> {
    return this.app.call(createContainer, contextOf(owner), await this.containerWish(owner, overrides));
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(): Promise<void> {
    const { idle = false, copies = false, hosts, overrides = [] } = this.options;
    const outside: Hypervisor = this.hypervisor;
    const ensure: ImageCopies['ensure'] = (_copy, _run, failed) => this.imageFile(failed);
    const images = { ensure, hostChanged: async () => undefined };
    this.app = await testApp(ComputeModule, 'compute', {
      overrides: [
        hosts ? [HostsAccess, hosts] : [Hypervisor, outside],
        ...(hosts ? [] : ([[ContainerRuntime, this.runtime]] as const)),
        ...(copies ? [] : ([[ImageCopies, images]] as const)),
        ...overrides,
        ...(idle ? ([[Worker, { register: () => undefined }]] as const) : []),
      ],
      settings: { NUBO_DATA_DIR: this.folder, NUBO_SSH_KEY: 'not used here' },
    });
    await this.network.join(this.app.bus);
  }

  private async imageFile(failed: Failed): Promise<string> {
    if (this.imageFault === undefined) return IMAGE_FILE;
    await failed(this.imageFault);
    throw new TypeError(this.imageFault);
  }
}
