/** A lab host with podman of ours, an image and a network for containers. */
import { createReadStream } from 'node:fs';
import { podmanOn, type ContainerSpec, type PodmanClient } from '@nubo/podman';
import type { RemoteHost } from '@nubo/remote';
import { containerArchive, Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

export const IMAGE = 'localhost/nubo-test:1';
const NETNS = '/run/netns/nc-podman';
const MAKE_NETNS = 'ip netns add nc-podman && ip -n nc-podman link set lo up';
const STORAGE = '/var/lib/nubo/containers';
const SERVICE = `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^podman system service' && basename $p; done`;

export const containerSpec = (name: string, change: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name,
  image: IMAGE,
  command: ['sleep', '600'],
  labels: { 'nubo.test': name },
  netns: NETNS,
  limits: { memoryBytes: 32 * 1024 * 1024, cpus: 0.5, pids: 20 },
  ids: { first: 1_000_000, count: 65_536 },
  stopSeconds: 1,
  ...change,
});

export class PodmanHost {
  private constructor(
    private readonly lab: Lab,
    private readonly name: string,
    private readonly enrolled: EnrolledHost,
    readonly podman: PodmanClient,
  ) {}

  static async start(name: string): Promise<PodmanHost> {
    const lab = await Lab.attach();
    const enrolled = await enrolledHost(lab, name);
    const host = new PodmanHost(lab, name, enrolled, podmanOn(enrolled.remote));
    await host.run(MAKE_NETNS);
    await host.podman.importImage(createReadStream(await containerArchive()), { reference: IMAGE });
    return host;
  }

  get remote(): RemoteHost {
    return this.enrolled.remote;
  }

  /** What a line of shell on the host says. */
  async run(line: string): Promise<string> {
    return (await this.lab.execOnHost(this.name, line)).stdout.trim();
  }

  /** With podman's storage. */
  async storage(line: string): Promise<string> {
    return this.run(`export CONTAINERS_STORAGE_CONF=/var/lib/nubo/podman/storage.conf; ${line}`);
  }

  /** Ids of the layers in podman's storage. */
  async layers(): Promise<string[]> {
    return (await this.run(`ls ${STORAGE}/overlay | grep -E '^[0-9a-f]{64}$'`)).split('\n').filter(Boolean);
  }

  /** kill -9; resolves when the service is gone. */
  async killService(): Promise<void> {
    await this.run(
      `pids=$(${SERVICE}); kill -9 $pids; for p in $pids; do while [ -e /proc/$p ]; do sleep 0.01; done; done`,
    );
  }

  async stop(): Promise<void> {
    this.enrolled.pool.close();
    await this.lab.powerOff(this.name);
  }
}
