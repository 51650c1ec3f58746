import { Faults } from './faults';

/** A VM on a host and the lease under which it is worked on; as compute's driver has it. */
export interface SimulatedPlace {
  hostId: string;
  vmId: string;
  fence?: number;
  signal?: AbortSignal;
}

export type SimulatedState =
  { is: 'missing' } | { is: 'running'; stuck?: boolean } | { is: 'off'; byGuest: boolean };

/** Counters of one run of a VM. */
export interface SimulatedSample {
  incarnation: string;
  counters: Record<string, number>;
}

interface SimulatedFind {
  vmId: string;
  state: SimulatedState;
  sample?: SimulatedSample;
}

interface SimulatedVm {
  spec?: object;
  state: SimulatedState;
  disk?: { image: string; sizeGib: number };
  seed?: object;
  /** What its guest has written to the console. */
  log?: string;
  /** How often it was started. */
  starts: number;
  /** Of its present run. */
  counters: Record<string, number>;
}

interface SimulatedHost {
  vms: Map<string, SimulatedVm>;
  /** Newest fence seen, by VM. */
  fences: Map<string, number>;
  watchers: Set<{ changed: (vmId: string) => void; lost: () => void }>;
  off: boolean;
  libvirtDead: boolean;
}

type Work<T> = (host: SimulatedHost, vm: SimulatedVm) => T;

/** Hosts with libvirt, in memory, behind the same methods as the real driver. */
export class SimulatedHypervisor {
  readonly faults = new Faults();
  /** Whether guests do as they are asked when they are asked to shut down. */
  obeysShutdown = true;
  private readonly hosts = new Map<string, SimulatedHost>();

  ensureDisk(place: SimulatedPlace, image: string, sizeGib: number): Promise<void> {
    return this.act('ensureDisk', place, (_, vm) => void (vm.disk ??= { image, sizeGib }));
  }

  ensureSeed(place: SimulatedPlace, documents: object): Promise<void> {
    return this.act('ensureSeed', place, (_, vm) => void (vm.seed ??= documents));
  }

  define(place: SimulatedPlace, spec: object): Promise<void> {
    return this.act('define', place, (_, vm) => {
      vm.spec = spec;
      if (vm.state.is === 'missing') vm.state = { is: 'off', byGuest: false };
    });
  }

  state(place: SimulatedPlace): Promise<SimulatedState> {
    return this.act('state', { ...place, fence: undefined }, (_, vm) => vm.state);
  }

  start(place: SimulatedPlace): Promise<void> {
    return this.act('start', place, (_, vm) => {
      if (vm.state.is !== 'off') return;
      if (!vm.disk || !vm.seed)
        throw new Error('libvirt: Cannot access storage file: No such file or directory');
      Object.assign(vm, { state: { is: 'running' }, starts: vm.starts + 1, counters: {} });
    });
  }

  shutdown(place: SimulatedPlace): Promise<void> {
    return this.act('shutdown', place, () => {
      if (this.obeysShutdown) this.stop(place.hostId, place.vmId, true);
    });
  }

  resume(place: SimulatedPlace): Promise<void> {
    return this.act('resume', place, (_, vm) => {
      if (vm.state.is === 'running') vm.state = { is: 'running' };
    });
  }

  destroy(place: SimulatedPlace): Promise<void> {
    return this.act('destroy', place, () => this.stop(place.hostId, place.vmId, false));
  }

  undefine(place: SimulatedPlace): Promise<void> {
    return this.act('undefine', place, (_, vm) => {
      if (vm.state.is === 'running') throw new Error('libvirt: cannot undefine a running domain here');
      Object.assign(vm, { state: { is: 'missing' }, spec: undefined });
    });
  }

  removeFiles(place: SimulatedPlace): Promise<void> {
    return this.act('removeFiles', place, (host) => {
      host.vms.delete(place.vmId);
      host.fences.delete(place.vmId);
    });
  }

  sample(place: SimulatedPlace): Promise<SimulatedSample | undefined> {
    return this.act('sample', { ...place, fence: undefined }, (_, vm) => sampleOf(vm));
  }

  consoleLog(place: SimulatedPlace, lines: number): Promise<string> {
    return this.faults.around('consoleLog', () => {
      const log = this.alive(place.hostId).vms.get(place.vmId)?.log ?? '';
      return log
        .split('\n')
        .slice(-lines - 1)
        .join('\n');
    });
  }

  ping(hostId: string): Promise<void> {
    return this.faults.around('ping', () => void this.alive(hostId));
  }

  inventory(hostId: string): Promise<SimulatedFind[]> {
    return this.faults.around('inventory', () => {
      const host = this.reach(hostId);
      const vms = [...host.vms].filter(([, vm]) => !isEmpty(vm));
      return vms.map(([vmId, vm]) => ({ vmId, state: vm.state, sample: sampleOf(vm) }));
    });
  }

  watch(hostId: string, changed: (vmId: string) => void, lost: () => void): Promise<void> {
    return this.faults.around('watch', () => {
      const { watchers } = this.reach(hostId);
      if (watchers.size === 0) watchers.add({ changed, lost });
    });
  }

  /** Whether somebody hears what happens on a host. */
  isWatched(hostId: string): boolean {
    return this.host(hostId).watchers.size > 0;
  }

  /** What lies on a host for a VM; undefined when nothing does. */
  vm(hostId: string, vmId: string): SimulatedVm | undefined {
    const vm = this.host(hostId).vms.get(vmId);
    return vm && !isEmpty(vm) ? vm : undefined;
  }

  /** Everything on a host. */
  vmIds(hostId: string): string[] {
    return [...this.host(hostId).vms.keys()].filter((id) => this.vm(hostId, id));
  }

  /** The guest works: its counters grow. */
  works(hostId: string, vmId: string, amounts: Record<string, number>): void {
    const counters = this.host(hostId).vms.get(vmId)?.counters ?? {};
    for (const [name, amount] of Object.entries(amounts)) counters[name] = (counters[name] ?? 0) + amount;
  }

  /** The guest writes to its console. */
  writes(hostId: string, vmId: string, log: string): void {
    ofHost(this.host(hostId), vmId).log = log;
  }

  /** The host answers, but its libvirtd does not; `false`: it does again. */
  libvirtDies(hostId: string, dead = true): void {
    this.host(hostId).libvirtDead = dead;
  }

  /** The guest shuts itself down. */
  guestPowersOff(hostId: string, vmId: string): void {
    this.stop(hostId, vmId, true);
  }

  /** There is no room for what the guest writes; nobody is told. */
  sticks(hostId: string, vmId: string): void {
    ofHost(this.host(hostId), vmId).state = { is: 'running', stuck: true };
  }

  /** qemu dies. */
  crash(hostId: string, vmId: string): void {
    this.stop(hostId, vmId, false);
  }

  /** Stops without anybody being told, as when an event is lost. */
  crashUnseen(hostId: string, vmId: string): void {
    const vm = this.host(hostId).vms.get(vmId);
    if (vm) vm.state = { is: 'off', byGuest: false };
  }

  /** A blackout: nothing runs, nothing answers, event channels end. */
  powerOff(hostId: string): void {
    const host = this.host(hostId);
    host.off = true;
    for (const vm of host.vms.values())
      if (vm.state.is === 'running') vm.state = { is: 'off', byGuest: false };
    const watchers = [...host.watchers];
    host.watchers.clear();
    watchers.forEach(({ lost }) => lost());
  }

  powerOn(hostId: string): void {
    this.host(hostId).off = false;
  }

  private stop(hostId: string, vmId: string, byGuest: boolean): void {
    const host = this.host(hostId);
    const vm = host.vms.get(vmId);
    if (vm?.state.is !== 'running') return;
    vm.state = { is: 'off', byGuest };
    host.watchers.forEach(({ changed }) => changed(vmId));
  }

  private act<T>(name: string, place: SimulatedPlace, work: Work<T>): Promise<T> {
    return this.faults.around(
      name,
      () => {
        const host = this.reach(place.hostId);
        holdFence(host, place);
        return work(host, ofHost(host, place.vmId));
      },
      place.signal,
    );
  }

  private reach(hostId: string): SimulatedHost {
    const host = this.alive(hostId);
    if (host.libvirtDead) throw new Error(`host ${hostId}: libvirt: connection refused`);
    return host;
  }

  private alive(hostId: string): SimulatedHost {
    const host = this.host(hostId);
    if (host.off) throw new Error(`host ${hostId}: no connection`);
    return host;
  }

  private host(hostId: string): SimulatedHost {
    const known = this.hosts.get(hostId);
    if (known) return known;
    const host = {
      vms: new Map(),
      fences: new Map(),
      watchers: new Set<never>(),
      off: false,
      libvirtDead: false,
    };
    this.hosts.set(hostId, host);
    return host;
  }
}

function ofHost({ vms }: SimulatedHost, vmId: string): SimulatedVm {
  const vm = vms.get(vmId) ?? { state: { is: 'missing' as const }, starts: 0, counters: {} };
  vms.set(vmId, vm);
  return vm;
}

const isEmpty = ({ state, disk, seed }: SimulatedVm): boolean => state.is === 'missing' && !disk && !seed;

function holdFence({ fences }: SimulatedHost, { vmId, fence }: SimulatedPlace): void {
  if (fence === undefined) return;
  const newest = fences.get(vmId) ?? 0;
  if (fence < newest) throw new Error(`nubo-fence: refused, newest is ${newest}`);
  fences.set(vmId, fence);
}

const sampleOf = ({ state, starts, counters }: SimulatedVm): SimulatedSample | undefined =>
  state.is === 'running' ? { incarnation: `start ${starts}`, counters: { ...counters } } : undefined;
