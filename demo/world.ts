/** What the chapters of the story share. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import type { HostView, ImageView, MappingView, SubnetView, VmView, VpcView } from '@nubo/contracts';
import { containerArchive, guestImage, type HostOptions, type Lab } from '../lab';
import { startPlatform, type Platform } from '../stack/platform';
import { RestClient, type Watch } from './rest-client';
import { makeSshKey, type SshKey } from './ssh-key';

export interface TenantOfTheStory {
  company: string;
  email: string;
  password: string;
  /** Where its second VM is; the other tenant has nobody there. */
  secondIp: string;
  tenantId: string;
  userId: string;
  rest: RestClient;
  vpc: VpcView;
  subnet: SubnetView;
  vms: VmView[];
  mappings: { ssh: MappingView; http: MappingView }[];
}

export const ADMIN = { email: 'root', firstPassword: 'root', password: 'correct-horse-battery' };
const IMAGE_PORT = 9000;
/** Where the platform is on the lab's network: no guest has business there. */
export const PLATFORM_ADDRESS = '10.77.0.1';
export const SUBNET = '190.0.0.0/24';

/** A lab host of the story and what it is for. */
export interface WantedHost extends HostOptions {
  name: string;
}
const HOSTS: WantedHost[] = [{ name: 'h1' }, { name: 'h2' }, { name: 'gw' }];

const folderOf = (lab: Lab): string => join(lab.state.directory, 'demo');
/** Where the platform of a lab keeps its keys. */
export const keysOf = (lab: Lab): string => join(folderOf(lab), 'platform', 'keys');

export class World {
  readonly folder: string;
  readonly sshKey: SshKey;
  admin!: RestClient;
  hosts: HostView[] = [];
  image!: ImageView;
  /** Looks at every answer of the platform. */
  watch?: Watch;
  readonly tenants: TenantOfTheStory[] = [];
  private platformRunning?: Platform;
  private imageServer?: Server;

  constructor(
    readonly lab: Lab,
    readonly wantedHosts = HOSTS,
    private readonly tls = false,
  ) {
    this.folder = folderOf(lab);
    mkdirSync(this.folder, { recursive: true, mode: 0o711 });
    this.sshKey = makeSshKey(join(this.folder, 'id_ed25519'));
  }

  get platform(): Platform {
    if (!this.platformRunning) throw new Error('the platform is not up');
    return this.platformRunning;
  }

  get rest(): RestClient {
    return new RestClient(this.platform.gatewayUrl, undefined, this.watch);
  }

  async startHosts(): Promise<void> {
    await Promise.all(this.wantedHosts.map(({ name, ...options }) => this.lab.startHosts([name], options)));
  }

  get hostNames(): string[] {
    return this.wantedHosts.map(({ name }) => name);
  }

  async startPlatform(onProgress: (text: string) => void, env: Record<string, string> = {}): Promise<void> {
    this.platformRunning = await startPlatform({
      dataDir: join(this.folder, 'platform'),
      mail: 'catcher',
      fsync: false,
      tls: this.tls,
      onProgress,
      env: {
        NUBO_LOG_LEVEL: 'info',
        NUBO_IMAGE_ALLOW_RANGES: this.lab.external.cidr,
        NUBO_PROTECTED_RANGES: PLATFORM_ADDRESS,
        ...env,
      },
    });
  }

  /** Serves the guest image, and a root file system, as some web server on the Internet would; answers its address and sha256. */
  async serveImage(): Promise<{ url: string; sha256: string }> {
    const file = await guestImage();
    const archive = await containerArchive();
    this.imageServer = createServer(({ url }, response) => {
      createReadStream(url === '/rootfs.tar' ? archive : file).pipe(response);
    });
    await new Promise<void>((listening) => this.imageServer?.listen(IMAGE_PORT, '0.0.0.0', listening));
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return { url: `http://${PLATFORM_ADDRESS}:${IMAGE_PORT}/guest.qcow2`, sha256: hash.digest('hex') };
  }

  /** Copies the logs out of the folder that goes away; answers where to. */
  async saveLogs(name = 'demo'): Promise<string> {
    const kept = resolve('.nubo/logs', name);
    rmSync(kept, { recursive: true, force: true });
    await cp(join(this.folder, 'platform', 'logs'), kept, { recursive: true }).catch(() => undefined);
    return kept;
  }

  async close(): Promise<void> {
    this.imageServer?.close();
    await this.platformRunning?.stop();
    await Promise.all(this.hostNames.map((name) => this.lab.powerOff(name).catch(() => undefined)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
