/** Instances of the edge image for tests: each in namespaces of its own, on one bridge of this network namespace. Needs root. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../lab/command';
import { edgeArchive } from '../image';
import { Instance, type InstanceOptions } from './instance';

const BRIDGES = 250;

export class EdgeNetwork {
  private readonly instances: Instance[] = [];
  private next = 10;

  private constructor(
    private readonly folder: string,
    private readonly bridge: string,
    /** What the addresses begin with; this process has `.1`. */
    readonly prefix: string,
  ) {}

  static async open(): Promise<EdgeNetwork> {
    const folder = mkdtempSync(join(tmpdir(), 'nubo-edge-'));
    const number = process.pid % BRIDGES;
    const bridge = `ne${process.pid}`;
    await check(['ip', 'link', 'add', bridge, 'type', 'bridge']);
    await check(['ip', 'addr', 'add', `198.18.${number}.1/24`, 'dev', bridge]);
    await check(['ip', 'link', 'set', bridge, 'up']);
    return new EdgeNetwork(folder, bridge, `198.18.${number}`);
  }

  /** An instance that answers; addresses are given in order, from `.10` on. */
  async start(options: InstanceOptions): Promise<Instance> {
    const number = this.next++;
    const root = join(this.folder, String(number));
    await check(['mkdir', root]);
    await check(['tar', '-C', root, '-xf', await edgeArchive()]);
    const place = {
      root,
      bridge: this.bridge,
      address: `${this.prefix}.${number}`,
      device: `ne${process.pid}x${number}`,
    };
    const instance = new Instance(place, options);
    this.instances.push(instance);
    await instance.start();
    return instance;
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.kill()));
    await check(['ip', 'link', 'del', this.bridge]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
