// A running lab, seen from inside: its hosts and the outside client. For programs that "lab run" started.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isPopulated } from './cgroups';
import { capture, type CommandOptions, type CommandResult } from './command';
import { LabError } from './errors';
import { exposePort } from './expose';
import { createHostFiles, createHostKey, saveRecord, type HostRecord } from './host-files';
import { enterHost, powerOff, powerOn, type HostPlace } from './host-power';
import { findLeftovers } from './leftovers';
import {
  EXTERNAL,
  OUTSIDE_ADDRESS,
  SPARE_NUMBERS,
  fixedNumber,
  isHostName,
  planHost,
  type HostOptions,
  type Role,
} from './members';
import { readState, type LabState } from './state';

// sshd writes its PID file once it listens.
const RELOAD_SSHD = `pid=$(cat /run/sshd.pid) && rm /run/sshd.pid && kill -HUP "$pid"
for try in $(seq 500); do [ -s /run/sshd.pid ] && break; sleep 0.01; done`;

export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly location: string;
  readonly roles: readonly Role[];
  readonly hostKeyFingerprint: string;
}

export interface Outside {
  readonly address: string;
  /** Runs a program in the network namespace of a client that is neither a host nor the controller. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

export class Lab {
  readonly external = EXTERNAL;
  readonly outside: Outside = {
    address: OUTSIDE_ADDRESS,
    exec: (argv, options) => capture(['nsenter', '--net=/run/netns/out', '--', ...argv], options),
  };

  private constructor(readonly state: LabState) {}

  /** The lab this process runs in. Throws a LabError outside of "lab run". */
  static async attach(): Promise<Lab> {
    const file = process.env.NUBO_LAB;
    const state = file ? readState(file) : undefined;
    if (state) return new Lab(state);
    throw new LabError('Not in a lab. Start this with "npm run lab -- run -- <command>".');
  }

  get name(): string {
    return this.state.name;
  }

  /** Makes hosts that do not exist yet and starts them, all at once. The options hold for each of them. */
  async startHosts(names: readonly string[], options: HostOptions = {}): Promise<LabHost[]> {
    await Promise.all(names.map((name) => this.startHost(name, options)));
    return names.map((name) => this.host(name));
  }

  /** The host as an administrator knows it. Throws a LabError when it was never started. */
  host(name: string): LabHost {
    const { address, password, location, roles, hostKeyFingerprint } = this.record(name);
    return { name, address, user: 'root', password, location, roles, hostKeyFingerprint };
  }

  /** The names of all hosts that were ever started in this lab. */
  hostNames(): string[] {
    return readdirSync(join(this.state.directory, 'hosts')).filter((name) => !name.startsWith('.'));
  }

  /** Cuts a host's power, as a blackout does. Its files stay. */
  async powerOff(name: string): Promise<void> {
    await powerOff(this.place(name));
  }

  /** Starts a host that was powered off, with the same files, keys and password. */
  async powerOn(name: string): Promise<void> {
    await powerOn(this.place(name));
  }

  /** Gives a host, running or not, a new SSH host key, as a new installation does. */
  async changeHostKey(name: string): Promise<LabHost> {
    const place = this.place(name);
    const { directory } = place;
    const hostKeyFingerprint = await createHostKey(directory);
    await saveRecord(directory, { ...this.record(name), hostKeyFingerprint });
    if (isPopulated(place.group)) await this.execOnHost(name, RELOAD_SSHD);
    return this.host(name);
  }

  /** Runs a program (or a line of shell) inside a host, past SSH: to look at the truth. Throws a LabError when it is off. */
  async execOnHost(
    name: string,
    command: readonly string[] | string,
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const argv = typeof command === 'string' ? ['bash', '-c', command] : command;
    const enter = await enterHost(this.place(name));
    return capture([...enter, ...argv], { ...options, env: { HOME: '/root', ...options.env } });
  }

  /** What hosts that are off have left on this machine: processes, namespaces, devices, control groups, mounts, nft tables. */
  leftovers(): Promise<string[]> {
    return findLeftovers(this.state);
  }

  /** Makes a TCP port of this machine lead to 127.0.0.1:`port` in here; returns its URL. Lasts as long as this process. */
  expose(port: number): Promise<string> {
    return exposePort(this.state.directory, port);
  }

  private async startHost(name: string, options: HostOptions): Promise<void> {
    if (!existsSync(join(this.directoryOf(name), 'host.json'))) await this.createHost(name, options);
    await powerOn(this.place(name));
  }

  private async createHost(name: string, options: HostOptions): Promise<void> {
    if (!isHostName(name))
      throw new LabError(`"${name}" is not a name for a host: up to 13 of a-z, 0-9 and "-".`);
    const plan = planHost(name, fixedNumber(name) ?? (await this.spareNumber()), options);
    const draft = this.directoryOf(`.${name}`);
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await createHostFiles(draft, plan);
    await rename(draft, this.directoryOf(name));
  }

  // Programs in one lab may make hosts at the same time: a folder can be made only once.
  private async spareNumber(): Promise<number> {
    for (const number of SPARE_NUMBERS) {
      const taken = join(this.state.directory, 'addresses', String(number));
      if (
        await mkdir(taken).then(
          () => true,
          () => false,
        )
      )
        return number;
    }
    throw new LabError(`No address is left in lab ${this.name}.`);
  }

  private place(name: string): HostPlace {
    const plan = this.record(name);
    return { plan, directory: this.directoryOf(name), group: `${this.state.group}/${name}` };
  }

  private record(name: string): HostRecord {
    try {
      return JSON.parse(readFileSync(join(this.directoryOf(name), 'host.json'), 'utf8')) as HostRecord;
    } catch {
      throw new LabError(`There is no host ${name} in lab ${this.name}: start it first.`);
    }
  }

  private directoryOf(name: string): string {
    return join(this.state.directory, 'hosts', name);
  }
}
