import { HostDriver, HostFault, type Login, type Visit } from '../hosts/hosts.driver';
import type { Survey } from '../hosts/hosts.rules';
import { GuestProbe } from '../hosts/probe.driver';

/** One machine, as a faulty or a good host sees it. */
export class MachineInMemory {
  password = 'right password';
  hostKey = 'SHA256:first';
  /** The platform's key is on it. */
  trusts = false;
  bootId = 'boot-1';
  packages = new Set<string>();
  fault: HostFault | undefined;
  /** Why KVM does not work; undefined: it does. */
  noKvm: string | undefined;
  libvirt = true;
}

/** Hosts of which there is one machine: whatever address they are enrolled with. */
export class HostsInMemory extends HostDriver {
  machine = new MachineInMemory();
  enrolments = 0;

  async enrol({ password }: Login): Promise<string> {
    this.enrolments += 1;
    this.assertWell();
    if (password !== this.machine.password) throw new HostFault('login', 'host a: does not let root in');
    this.machine.trusts = true;
    return this.machine.hostKey;
  }

  async look(): Promise<string> {
    this.assertWell();
    return this.machine.hostKey;
  }

  async pulse(): Promise<string> {
    this.assertWell();
    return this.machine.bootId;
  }

  async install(_visit: Visit, packages: string[]): Promise<string[]> {
    this.assertWell();
    const missing = packages.filter((name) => !this.machine.packages.has(name));
    missing.forEach((name) => this.machine.packages.add(name));
    return missing;
  }

  async survey(): Promise<Survey> {
    this.assertWell();
    const { bootId } = this.machine;
    return { bootId, memoryMib: 8192, cpus: 2, diskGib: 60, address: '10.77.0.11' };
  }

  async leave(): Promise<void> {
    this.assertWell();
    this.machine.trusts = false;
  }

  drop(): void {}

  private assertWell(): void {
    if (this.machine.fault) throw this.machine.fault;
  }
}

/** What runs guests on that machine. */
export class ProbeInMemory extends GuestProbe {
  constructor(private readonly hosts: HostsInMemory) {
    super();
  }

  async whyNot(): Promise<string | undefined> {
    const { libvirt, noKvm } = this.hosts.machine;
    if (libvirt) return noKvm;
    throw new HostFault('unusable', 'libvirtd does not answer on a: is it installed and running?');
  }
}
