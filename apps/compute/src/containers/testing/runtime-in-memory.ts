import { Faults } from '@nubo/testing';
import type { Sample } from '../../usage/usage.rules';
import {
  ContainerRuntime,
  StartRefused,
  type FoundContainer,
  type Place,
  type RuntimeNic,
  type RuntimeSpec,
  type RuntimeState,
} from '../containers.driver';

interface MadeContainer {
  spec: RuntimeSpec;
  state: Exclude<RuntimeState, { is: 'missing' }>;
  devices: string[];
  starts: number;
  counters: Record<string, number>;
  log: string;
}

interface HostInMemory {
  containers: Map<string, MadeContainer>;
  /** Newest fence seen, by container. */
  fences: Map<string, number>;
  watchers: Set<{ changed: (containerId: string) => void; lost: () => void }>;
  off: boolean;
  podmanDead: boolean;
  /** Containers that have a namespace there. */
  plugged: Set<string>;
}

/** Hosts with podman, in memory, behind the same methods as the real driver. */
export class RuntimeInMemory extends ContainerRuntime {
  readonly faults = new Faults();
  /** Containers of an image of that name end as soon as they are started, with this exit code. */
  readonly ending = new Map<string, number>();
  private readonly hosts = new Map<string, HostInMemory>();
  private clock = Date.now();

  /** Contents that have not reached hosts. */
  readonly lacking = new Set<string>();
  /** Contents that were looked for. */
  readonly asked = new Set<string>();

  hasContent(_place: Place, content: string): Promise<boolean> {
    this.asked.add(content);
    return Promise.resolve(!this.lacking.has(content));
  }

  create(place: Place, spec: RuntimeSpec): Promise<void> {
    return this.act('create', place, ({ containers, plugged }) => {
      plugged.add(place.containerId);
      if (containers.has(place.containerId)) return;
      const taken = [...containers.values()].some((other) => other.spec.ids.first === spec.ids.first);
      if (taken) throw new TypeError('two containers share their ids');
      const state = { is: 'off' as const, ended: null };
      containers.set(place.containerId, { spec, state, devices: [], starts: 0, counters: {}, log: '' });
    });
  }

  state(place: Place): Promise<RuntimeState> {
    return this.act('state', { ...place, fence: undefined }, ({ containers }) => {
      return containers.get(place.containerId)?.state ?? { is: 'missing' };
    });
  }

  start(place: Place, nics: RuntimeNic[]): Promise<void> {
    return this.act('start', place, ({ containers }) => {
      const found = containers.get(place.containerId);
      if (!found) throw new TypeError('no such container');
      if (found.state.is === 'running') return;
      if (found.spec.command?.[0] === '/missing') throw new StartRefused('/missing: not found');
      const state = { is: 'running' as const, since: this.tick() };
      const devices = nics.map(({ device }) => device);
      Object.assign(found, { state, devices, starts: found.starts + 1, counters: {} });
      const code = this.ending.get(found.spec.image);
      if (code !== undefined) this.endNow(found, code);
    });
  }

  stop(place: Place): Promise<void> {
    return this.act('stop', place, ({ containers }) => {
      const found = containers.get(place.containerId);
      if (found?.state.is === 'running') this.endNow(found, 143);
    });
  }

  remove(place: Place): Promise<void> {
    return this.act('remove', place, (host) => {
      host.containers.delete(place.containerId);
      host.plugged.delete(place.containerId);
      host.fences.delete(place.containerId);
    });
  }

  sample(place: Place): Promise<Sample | undefined> {
    return this.act('sample', { ...place, fence: undefined }, ({ containers }) =>
      sampleOf(containers.get(place.containerId)),
    );
  }

  logs(place: Place): Promise<string> {
    return this.act('logs', { ...place, fence: undefined }, ({ containers }) => {
      return containers.get(place.containerId)?.log ?? '';
    });
  }

  inventory(hostId: string): Promise<FoundContainer[]> {
    return this.faults.around('inventory', () => {
      const { containers, plugged } = this.withPodman(hostId);
      const found = [...containers].map(([containerId, made]) => {
        const sample = sampleOf(made);
        return { containerId, state: made.state, ...(sample && { sample }) };
      });
      const bare = [...plugged].filter((containerId) => !containers.has(containerId));
      return [...found, ...bare.map((containerId) => ({ containerId, state: { is: 'missing' as const } }))];
    });
  }

  watch(hostId: string, changed: (containerId: string) => void, lost: () => void): Promise<void> {
    return this.faults.around('watch', () => {
      const { watchers } = this.withPodman(hostId);
      if (watchers.size === 0) watchers.add({ changed, lost });
    });
  }

  tidy(hostId: string): Promise<void> {
    return this.faults.around('tidy', () => void this.withPodman(hostId));
  }

  ping(hostId: string): Promise<void> {
    return this.faults.around('ping', () => void this.alive(hostId));
  }

  /** podman does not answer, though its host does. */
  podmanDies(hostId: string, dead = true): void {
    this.host(hostId).podmanDead = dead;
  }

  /** A namespace that was made for a container which then was not. */
  plug(hostId: string, containerId: string): void {
    this.host(hostId).plugged.add(containerId);
  }

  /** Containers that have a namespace there. */
  plugged(hostId: string): string[] {
    return [...this.host(hostId).plugged];
  }

  /** What is on a host of a container; undefined when nothing is. */
  found(hostId: string, containerId: string): MadeContainer | undefined {
    return this.host(hostId).containers.get(containerId);
  }

  ids(hostId: string): string[] {
    return [...this.host(hostId).containers.keys()];
  }

  /** It ends by itself, and the host says so. */
  end(hostId: string, containerId: string, exitCode: number, outOfMemory = false): void {
    const found = this.found(hostId, containerId);
    if (!found) throw new TypeError('no such container');
    this.endNow(found, exitCode, outOfMemory);
    for (const { changed } of this.host(hostId).watchers) changed(containerId);
  }

  powerOff(hostId: string): void {
    const host = this.host(hostId);
    host.off = true;
    host.plugged.clear();
    for (const found of host.containers.values()) found.state = { is: 'off', ended: null };
    const watchers = [...host.watchers];
    host.watchers.clear();
    for (const { lost } of watchers) lost();
  }

  powerOn(hostId: string): void {
    this.host(hostId).off = false;
  }

  work(hostId: string, containerId: string, counter: string, amount: number): void {
    const counters = this.found(hostId, containerId)?.counters ?? {};
    counters[counter] = (counters[counter] ?? 0) + amount;
  }

  private endNow(found: MadeContainer, exitCode: number, outOfMemory = false): void {
    found.state = { is: 'off', ended: { at: this.tick(), exitCode, outOfMemory } };
  }

  /** No two moments are the same. */
  private tick(): Date {
    this.clock = Math.max(this.clock + 1, Date.now());
    return new Date(this.clock);
  }

  private act<T>(name: string, place: Place, work: (host: HostInMemory) => T): Promise<T> {
    return this.faults.around(name, () => {
      const host = this.alive(place.hostId);
      const { fence, containerId } = place;
      if (fence !== undefined) {
        if (fence < (host.fences.get(containerId) ?? 0)) throw new TypeError('an older fence');
        host.fences.set(containerId, fence);
      }
      return work(host);
    });
  }

  private alive(hostId: string): HostInMemory {
    const host = this.host(hostId);
    if (host.off) throw new TypeError(`host ${hostId} does not answer`);
    return host;
  }

  private withPodman(hostId: string): HostInMemory {
    const host = this.alive(hostId);
    if (host.podmanDead) throw new TypeError('podman.sock: connection refused');
    return host;
  }

  private host(hostId: string): HostInMemory {
    const known = this.hosts.get(hostId);
    if (known) return known;
    const made: HostInMemory = {
      ...{ containers: new Map(), fences: new Map(), watchers: new Set(), plugged: new Set() },
      ...{ off: false, podmanDead: false },
    };
    this.hosts.set(hostId, made);
    return made;
  }
}

function sampleOf(found: MadeContainer | undefined): Sample | undefined {
  if (found?.state.is !== 'running') return undefined;
  return { incarnation: `start ${found.starts}`, counters: { ...found.counters } };
}
