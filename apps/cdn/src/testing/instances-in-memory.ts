import { buffer } from 'node:stream/consumers';
import { NuboError } from '@nubo/contracts';
import { canonical, digestOf, type Manifest } from '../contents/manifest.rules';
import {
  InstanceControl,
  type InstancePlace,
  type InstanceSettings,
  type InstanceStatus,
  type KnownInstances,
  type Shipment,
  type TrafficSample,
} from '../delivery/instance-control.driver';

/** One instance as it is inside. */
export interface Inside {
  blobs: Set<string>;
  releases: Map<string, Manifest>;
  release: string | null;
  settings: InstanceSettings | null;
  known: KnownInstances | null;
  traffic: TrafficSample[];
  /** Bytes that were shipped to it, ever. */
  shipped: number;
}

const fresh = (): Inside => ({
  blobs: new Set(),
  releases: new Map(),
  release: null,
  settings: null,
  known: null,
  traffic: [],
  shipped: 0,
});

/** The edge image's control port, without the edge: by token, as addresses repeat among tenants. */
export class InstancesInMemory extends InstanceControl {
  readonly inside = new Map<string, Inside>();
  /** Tokens of instances that do not answer. */
  readonly dead = new Set<string>();
  /** What was said to them, in order: `configure <token>`. */
  readonly said: string[] = [];

  of(token: string): Inside {
    const known = this.inside.get(token) ?? fresh();
    this.inside.set(token, known);
    return known;
  }

  async status(place: InstancePlace): Promise<InstanceStatus> {
    const { release, releases, settings, known } = this.reach(place, 'status');
    const all = [...releases].map(([id, manifest]) => ({ id, manifest: digestOf(canonical(manifest)) }));
    return {
      release,
      manifest: all.find(({ id }) => id === release)?.manifest ?? null,
      releases: all,
      settings: settings?.version ?? null,
      instances: known?.version ?? null,
    };
  }

  async missing(place: InstancePlace, digests: string[]): Promise<string[]> {
    const { blobs } = this.reach(place, 'missing');
    return digests.filter((digest) => !blobs.has(digest));
  }

  async ship(place: InstancePlace, { frames, bytes }: Shipment): Promise<void> {
    const inside = this.reach(place, 'ship');
    let rest = await buffer(frames);
    if (rest.length !== bytes) throw new TypeError(`${rest.length} bytes came, ${bytes} were announced`);
    while (rest.length > 0) {
      const end = rest.indexOf(0x0a);
      const [sha256 = '', size = '0'] = rest.subarray(0, end).toString().split(' ');
      const body = rest.subarray(end + 1, end + 1 + Number(size));
      if (digestOf(body.toString('binary')) !== sha256 && digestOf(body.toString()) !== sha256)
        throw new TypeError(`${sha256} is another`);
      inside.blobs.add(sha256);
      inside.shipped += body.length;
      rest = rest.subarray(end + 1 + Number(size));
    }
  }

  async prepare(place: InstancePlace, release: string, manifest: Manifest): Promise<void> {
    const { blobs, releases } = this.reach(place, 'prepare');
    const lacking = manifest.files.filter(({ sha256 }) => !blobs.has(sha256));
    if (lacking.length > 0) throw new NuboError('conflict', 'missing', `${lacking.length} blobs are missing`);
    releases.set(release, manifest);
  }

  async activate(place: InstancePlace, release: string): Promise<void> {
    const inside = this.reach(place, 'activate');
    if (!inside.releases.has(release)) throw new NuboError('conflict', 'unknown', `there is no ${release}`);
    inside.release = release;
  }

  async drop(place: InstancePlace, release: string): Promise<void> {
    this.reach(place, 'drop').releases.delete(release);
  }

  async configure(place: InstancePlace, settings: InstanceSettings): Promise<void> {
    this.reach(place, 'configure').settings = settings;
  }

  async introduce(place: InstancePlace, all: KnownInstances): Promise<void> {
    this.reach(place, 'introduce').known = all;
  }

  async traffic(place: InstancePlace): Promise<TrafficSample[]> {
    return this.reach(place, 'traffic').traffic;
  }

  private reach({ token, address }: InstancePlace, what: string): Inside {
    this.said.push(`${what} ${token}`);
    if (this.dead.has(token)) throw new TypeError(`${address} does not answer`);
    return this.of(token);
  }
}
