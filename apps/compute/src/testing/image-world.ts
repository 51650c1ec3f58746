import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createImage,
  deleteImage,
  getImage,
  nameUsers,
  notFound,
  resolveUser,
  type CreateImage,
  type ImageState,
  type ImageView,
  type Principal,
} from '@nubo/contracts';
import { FLEET_SCHEMA } from '@nubo/fleet';
import { openAccount } from '@nubo/quota';
import { newPrivateKey } from '@nubo/remote';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import { Image } from '../../../../libs/entities/src/compute';
import { ComputeModule } from '../compute.module';
import { COMPUTE_SCHEMA } from '../compute.schema';
import { CopyDriver } from '../images/image-copies.driver';
import { CopiesInMemory } from './copies-in-memory';

/** NUBO_IMAGE_MAX_BYTES of the service under test. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** The compute service, a web server with images on 127.0.0.1 (which is allowed), an owner, a stranger, an administrator. */
export class ImageWorld {
  readonly admin = someone('admin');
  readonly ada = someone('owner');
  readonly bob = someone('member');
  readonly routes = new Map<string, RequestListener>();
  readonly copies = new CopiesInMemory();
  readonly folder = mkdtempSync(join(tmpdir(), 'nubo-images-'));
  /** An empty disk of 60 MiB; the web server has it as `/tiny.qcow2`. */
  readonly qcow2 = this.imageFile('tiny.qcow2', '-f', 'qcow2', '60M');
  database!: TestDatabase;
  app!: TestApp;
  private readonly server: Server = createServer((request, response) => {
    const route = this.routes.get(request.url ?? '');
    if (route) route(request, response);
    else response.writeHead(404).end();
  });

  /** `before`: what is done to the service's folder before it starts. */
  static async start({ before }: { before?: (folder: string) => void } = {}): Promise<ImageWorld> {
    const world = new ImageWorld();
    before?.(world.folder);
    await world.listen();
    world.database = await testDatabase([COMPUTE_SCHEMA, FLEET_SCHEMA]);
    for (const { tenantId } of [world.ada, world.bob])
      await openAccount(world.database.em, tenantId as string);
    const settings = {
      NUBO_DATA_DIR: world.folder,
      NUBO_SSH_KEY: newPrivateKey(),
      NUBO_IMAGE_ALLOW_RANGES: '127.0.0.0/8',
      NUBO_IMAGE_MAX_BYTES: String(MAX_BYTES),
    };
    const overrides = [[CopyDriver, world.copies]] as const;
    world.app = await testApp(ComputeModule, 'compute', { settings, overrides });
    await world.answerForUsers();
    return world;
  }

  async stop(): Promise<void> {
    await this.app?.stop();
    await this.database?.stop();
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** By ada, of an image that is good, unless `change` says otherwise. */
  create(change: Partial<CreateImage> = {}, who: Principal = this.ada): Promise<ImageView> {
    return this.app.call(createImage, contextOf(who), {
      url: this.url('/tiny.qcow2'),
      name: 'tiny',
      ...change,
    });
  }

  async ready(change: Partial<CreateImage> = {}): Promise<ImageView> {
    return this.becomes((await this.create(change)).id, 'ready');
  }

  look(id: string, who: Principal = this.admin): Promise<ImageView> {
    return this.app.call(getImage, contextOf(who), { id });
  }

  remove(id: string, who: Principal = this.ada): Promise<ImageView> {
    return this.app.call(deleteImage, contextOf(who), { id });
  }

  becomes(id: string, state: ImageState): Promise<ImageView> {
    return eventually(async () => {
      const image = await this.look(id);
      if (image.state === state) return image;
      throw new TypeError(`${image.state}: ${image.stateReason}`);
    });
  }

  async isGone(id: string): Promise<void> {
    await eventually(async () => !(await this.database.em.existsBy(Image, { id })));
  }

  /** What the service keeps of an image, finished or not. */
  filesOf(id: string): string[] {
    return readdirSync(join(this.folder, 'images')).filter((file) => file.startsWith(id));
  }

  stored(id: string): Buffer {
    return readFileSync(join(this.folder, 'images', `${id}.qcow2`));
  }

  /** What `qemu-img create` makes: options, then the size. */
  imageFile(name: string, ...args: string[]): Buffer {
    const path = join(this.folder, name);
    execFileSync('qemu-img', ['create', '-q', ...args.slice(0, -1), path, ...args.slice(-1)]);
    return readFileSync(path);
  }

  private async listen(): Promise<void> {
    this.routes.set('/tiny.qcow2', sends(this.qcow2));
    this.server.listen(0, '127.0.0.1');
    await new Promise((resolve) => this.server.once('listening', resolve));
  }

  private async answerForUsers(): Promise<void> {
    const users = [this.ada, this.bob].map(({ userId, tenantId }) => ({ userId, tenantId }));
    const known = users.map((user) => ({ ...user, email: mailOf(user) }));
    await this.app.bus.answer(resolveUser, ({ user }) => {
      const found = known.find(({ userId, email }) => userId === user || email === user);
      if (!found) throw notFound('user', user);
      return found;
    });
    await this.app.bus.answer(nameUsers, ({ userIds }) => ({
      items: known.filter(({ userId }) => userIds.includes(userId)),
    }));
  }
}

export const mailOf = ({ userId }: Pick<Principal, 'userId'>): string => `${userId}@nubo.test`;

export const sends = (bytes: Buffer) => (_request: unknown, response: ServerResponse) => response.end(bytes);

export const redirects = (location: string) => (_request: unknown, response: ServerResponse) =>
  response.writeHead(302, { location }).end();
