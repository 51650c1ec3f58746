import { Injectable } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import { removePodman } from '@nubo/podman';
import { enrol, publicKeyOf, raw, RemoteError, scanHostKey, sh, type CommandRunner } from '@nubo/remote';
import { ComputeConfig } from '../compute.config';
import { unplugAllScript } from '../containers/netns-scripts.driver';
import { LABELS } from '../containers/podman.rules';
import { PlatformIdentity } from '../instances/platform.service';
import { GUARD, GUARDED_INSTALL, RESTORE_GUARD } from './install.rules';
import { missingPackages, parseSurvey, type Survey } from './hosts.rules';

/**
 * - `login`: the host does not let the platform in
 * - `key_changed`: it shows another host key than the pinned one
 * - `unusable`: it answers, but lacks what it needs
 * - `unreachable`: it does not answer
 */
export type HostFaultKind = 'login' | 'key_changed' | 'unusable' | 'unreachable';

/** What is wrong with a host, in a sentence for its administrator. */
export class HostFault extends Error {
  override readonly name = 'HostFault';

  constructor(
    readonly kind: HostFaultKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Login {
  address: string;
  port: number;
  user: string;
  password: string;
}

/** One reconciler's visit to a host: its commands carry the fence and end with the signal. */
export interface Visit {
  hostId: string;
  fence: number;
  signal: AbortSignal;
}

/** Hosts as the platform reaches them. Every method rejects with {@link HostFault}. */
export abstract class HostDriver {
  /** Uses the password once to install the platform's key; answers the host key to pin. */
  abstract enrol(login: Login): Promise<string>;
  /** The host key that is shown there now; nobody logs in. */
  abstract look(address: string, port: number): Promise<string>;
  /** Says when the host has booted: another text after each boot. */
  abstract pulse(hostId: string, timeoutMs?: number): Promise<string>;
  /** Installs what is missing of `packages` and answers what that was. */
  abstract install(visit: Visit, packages: string[]): Promise<string[]>;
  abstract survey(visit: Visit): Promise<Survey>;
  /** Takes the platform's images, containers, copies of disks and key from the host. */
  abstract leave(visit: Visit, user: string): Promise<void>;
  /** Drops the connection. */
  abstract drop(hostId: string): void;
}

const ENROL_MS = 30_000;
const LEAVE_MS = 25_000;
const INSTALL_MS = 590_000;
const PULSE_MS = 4_000;

/** proc(5): the boot's id, and the 22nd field of PID 1's stat, its start: a host in a container shares the kernel's boot id. */
const PULSE = [
  'read -r boot </proc/sys/kernel/random/boot_id && read -r stat </proc/1/stat || exit 1',
  'set -- ${stat##*) }',
  'echo "$boot/${20}"',
].join('\n');

/** sudo drops SSH_CONNECTION: then the environment of a process above us still has it. */
const SURVEY = [
  'set -e',
  'umask 022; mkdir -p /var/lib/nubo; chmod 711 /var/lib/nubo',
  `echo "boot=$(${PULSE})"`,
  'echo "memory_kib=$(awk \'$1 == "MemTotal:" { print $2 }\' /proc/meminfo)"',
  'echo "cpus=$(nproc)"',
  'echo "disk_free=$(df -B1 --output=avail /var/lib/nubo | tail -n 1)"',
  'echo "disk_ours=$(du -s --block-size=1 /var/lib/nubo | cut -f 1)"',
  'p=$PPID; ssh=$SSH_CONNECTION',
  'while [ -z "$ssh" ] && [ "$p" -gt 1 ]; do',
  "  ssh=$(tr '\\0' '\\n' </proc/$p/environ | sed -n 's/^SSH_CONNECTION=//p')",
  '  p=$(awk \'$1 == "PPid:" { print $2 }\' /proc/$p/status)',
  'done',
  'echo "ssh=$ssh"',
].join('\n');

const KIND: Partial<Record<RemoteError['kind'], HostFaultKind>> = {
  auth: 'login',
  'host-key-changed': 'key_changed',
  exit: 'unusable',
};

/** Any failure of a host as a fault; what is not of a host (a lost lease, a bug) is thrown on as it is. */
export function faultOf(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error;
  if (error.kind === 'aborted' || error.kind === 'fenced') return error;
  return new HostFault(KIND[error.kind] ?? 'unreachable', error.message, { cause: error });
}

/** Hosts over SSH. */
@Injectable()
export class SshHostDriver extends HostDriver {
  constructor(
    private readonly hosts: HostsAccess,
    private readonly config: ComputeConfig,
    private readonly platform: PlatformIdentity,
  ) {
    super();
  }

  async enrol(login: Login): Promise<string> {
    const options = { ...login, privateKey: this.config.sshKey, timeoutMs: ENROL_MS };
    return this.faulty(async () => (await enrol(options)).hostKey);
  }

  look(address: string, port: number): Promise<string> {
    return this.faulty(() => scanHostKey(address, port));
  }

  pulse(hostId: string, timeoutMs = PULSE_MS): Promise<string> {
    return this.faulty(async () => {
      const host = await this.hosts.reach(hostId);
      return (await host.run(raw(PULSE), { timeoutMs })).trim();
    });
  }

  install(visit: Visit, packages: string[]): Promise<string[]> {
    return this.faulty(async () => {
      const host = await this.on(visit);
      const { signal } = visit;
      await host.run(sh`set -- ${GUARD}; ${raw(RESTORE_GUARD)}`, { signal });
      const missing = await this.missing(host, packages);
      if (missing.length === 0) return [];
      const command = sh`set -- ${GUARD} ${missing}; ${raw(GUARDED_INSTALL)}`;
      await host.run(command, { timeoutMs: INSTALL_MS, signal });
      return missing;
    });
  }

  survey(visit: Visit): Promise<Survey> {
    return this.faulty(async () => {
      const host = await this.on(visit);
      const said = await host.run(raw(SURVEY), { signal: visit.signal });
      const survey = parseSurvey(said);
      if (survey) return survey;
      throw new HostFault('unusable', `The host does not tell its memory, CPUs and disk: ${said.trim()}`);
    });
  }

  async leave(visit: Visit, user: string): Promise<void> {
    const options = { timeoutMs: LEAVE_MS, signal: visit.signal };
    const key = publicKeyOf(this.config.sshKey);
    const forget = sh`rm -rf /var/lib/nubo/images /var/lib/nubo/snapshots
file=$(getent passwd ${user} | cut -d: -f6)/.ssh/authorized_keys
rest=$(grep -vF -- ${key} "$file")
printf '%s\\n' "$rest" >"$file"`;
    const platform = await this.platform.id();
    await this.faulty(async () => {
      const host = await this.on(visit);
      await host.run(unplugAllScript(platform), options);
      await host.run(removePodman(`${LABELS.platform}=${platform}`), options);
      await host.run(forget, options);
    });
  }

  drop(hostId: string): void {
    this.hosts.drop(hostId);
  }

  private async on({ hostId, fence }: Visit): Promise<CommandRunner> {
    return (await this.hosts.reach(hostId)).fenced(`host-${hostId}`, fence);
  }

  private async missing(host: CommandRunner, packages: string[]): Promise<string[]> {
    const query = sh`command -v dpkg-query >/dev/null || exit 9
dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' ${packages} 2>/dev/null || :`;
    const { code, stdout } = await host.exec(query);
    if (code === 9) throw new HostFault('unusable', 'The host is not Debian or like it: it has no dpkg.');
    return missingPackages(packages, stdout);
  }

  private async faulty<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw faultOf(error);
    }
  }
}
