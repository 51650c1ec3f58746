import { Injectable } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import {
  LibvirtError,
  UndefineFlag,
  type Domain,
  type DomainStats,
  type LibvirtClient,
  type StatValue,
} from '@nubo/libvirt';
import { raw, sh, type CommandRunner, type ExecOptions, type ShellCommand } from '@nubo/remote';
import { countersOf, type Sample } from '../usage/usage.rules';
import { CONSOLE_BYTES } from '../instances/console.rules';
import { domainName, domainXml, folderOf, isOurs, VM_FOLDER, type DomainSpec } from './domain.rules';
import { BOOT_SCRIPT, CONSOLE_SCRIPT, DISK_SCRIPT, SEED_SCRIPT } from './host-scripts.driver';
import { LibvirtChannels, type Channel } from './libvirt-channels.driver';
import { PlatformIdentity } from '../instances/platform.service';
import type { SeedDocuments } from './seed.rules';
import { Hypervisor, type DomainState, type FoundVm, type LifecycleListener, type Place } from './vms.driver';

/** virDomainState, virDomainPausedReason and virDomainShutoffReason (libvirt-domain.h). */
const PAUSED = 3;
const PAUSED_IOERROR = 5;
const SHUTOFF = 5;
const CRASHED = 6;
const SHUTOFF_BY_SHUTDOWN = 1;

const START_TIMEOUT_MS = 40_000;
const PING_TIMEOUT_MS = 10_000;
const STATS_TIMEOUT_MS = 20_000;
const OVER = new Set(['stopped', 'crashed', 'undefined']);
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What libvirt said, with the host that said it. */
export class HypervisorError extends Error {}

/** libvirt and qemu on a host, reached through SSH only. */
@Injectable()
export class LibvirtHypervisor implements Hypervisor {
  /** Domains whose mark was read; a domain cannot change hands. */
  private readonly ours = new Set<string>();
  private readonly watched = new Map<string, LibvirtClient>();
  /** A client does not outlive its host's run. */
  private readonly boots = new WeakMap<LibvirtClient, Promise<string>>();

  constructor(
    private readonly hosts: HostsAccess,
    private readonly channels: LibvirtChannels,
    private readonly platform: PlatformIdentity,
  ) {}

  async ensureDisk(place: Place, image: string, sizeGib: number): Promise<void> {
    const variables = sh`folder=${folderOf(place.vmId)} platform=${await this.platform.id()}
image=${image} size=${`${sizeGib}G`}`;
    await this.command(
      place,
      sh`${variables}
${DISK_SCRIPT}`,
    );
  }

  async ensureSeed(place: Place, documents: SeedDocuments): Promise<void> {
    const { metaData, userData, networkConfig = '' } = documents;
    const [meta, user] = [metaData, userData].map((text) => Buffer.byteLength(text));
    const variables = sh`folder=${folderOf(place.vmId)} meta=${meta ?? 0} user=${user ?? 0}`;
    const stdin = metaData + userData + networkConfig;
    await this.command(
      place,
      sh`${variables}
${SEED_SCRIPT}`,
      { stdin },
    );
  }

  async define(place: Place, spec: DomainSpec): Promise<void> {
    const xml = domainXml(spec, await this.platform.id());
    await this.holdFence(place);
    await this.libvirt(place.hostId, 'slow', (client) => client.defineXml(xml));
  }

  async state(place: Place): Promise<DomainState> {
    return this.libvirt(place.hostId, 'quick', async (client) => {
      const domain = await found(client, place.vmId);
      if (!domain) return { is: 'missing' };
      const { state, reason } = await client.state(domain);
      if (state === 'paused') return running(reason === PAUSED_IOERROR);
      if (state !== 'shutoff' && state !== 'crashed') return running(false);
      return { is: 'off', byGuest: state === 'shutoff' && reason === SHUTOFF_BY_SHUTDOWN };
    });
  }

  async start(place: Place): Promise<void> {
    await this.holdFence(place);
    await this.libvirt(place.hostId, 'slow', async (client) => {
      const domain = await client.lookupByUuid(place.vmId);
      const starting = client.create(domain, { timeoutMs: START_TIMEOUT_MS });
      await starting.catch(async (error: unknown) => {
        if ((await client.state(domain)).state !== 'running') throw error;
      });
    });
  }

  async shutdown(place: Place): Promise<void> {
    await this.holdFence(place);
    await this.withDomain(place, 'quick', (client, domain) => client.shutdown(domain));
  }

  async resume(place: Place): Promise<void> {
    await this.holdFence(place);
    await this.withDomain(place, 'slow', (client, domain) => client.resume(domain));
  }

  async destroy(place: Place): Promise<void> {
    await this.holdFence(place);
    await this.withDomain(place, 'slow', (client, domain) => client.destroy(domain));
  }

  async undefine(place: Place): Promise<void> {
    const flags =
      UndefineFlag.ManagedSave | UndefineFlag.SnapshotsMetadata | UndefineFlag.CheckpointsMetadata;
    await this.holdFence(place);
    await this.withDomain(place, 'slow', (client, domain) => client.undefine(domain, flags));
    this.ours.delete(place.vmId);
  }

  async removeFiles(place: Place): Promise<void> {
    await this.command(place, sh`rm -rf -- ${folderOf(place.vmId)}`);
    const host = await this.hosts.reach(place.hostId);
    await host.forgetFence(resourceOf(place));
  }

  async sample(place: Place): Promise<Sample | undefined> {
    return this.libvirt(place.hostId, 'quick', async (client) => {
      const domain = await found(client, place.vmId);
      if (!domain) return undefined;
      const [stats] = await client.allStats({ domains: [domain], timeoutMs: STATS_TIMEOUT_MS });
      return stats && foundVm(await this.boot(place.hostId, client), stats).sample;
    });
  }

  async consoleLog({ vmId, hostId, signal }: Place, lines: number): Promise<string> {
    const host = await this.hosts.reach(hostId);
    const variables = sh`folder=${folderOf(vmId)} bytes=${CONSOLE_BYTES} lines=${lines}`;
    return host.run(
      sh`${variables}
${CONSOLE_SCRIPT}`,
      { signal, timeoutMs: PING_TIMEOUT_MS },
    );
  }

  async ping(hostId: string, signal?: AbortSignal): Promise<void> {
    const host = await this.hosts.reach(hostId);
    await host.run(sh`true`, { signal, timeoutMs: PING_TIMEOUT_MS });
  }

  async inventory(hostId: string): Promise<FoundVm[]> {
    const [domains, folders] = await Promise.all([this.ourDomains(hostId), this.ourFolders(hostId)]);
    const bare = folders.filter((vmId) => !domains.some((domain) => domain.vmId === vmId));
    return [...domains, ...bare.map((vmId) => ({ vmId, state: { is: 'missing' as const } }))];
  }

  async watch(hostId: string, changed: LifecycleListener, lost: () => void): Promise<void> {
    const client = await this.channels.client(hostId, 'events');
    if (this.watched.get(hostId) === client) return;
    await client.onLifecycle(({ domain, event }) => {
      if (OVER.has(event) && domain.name === domainName(domain.uuid)) changed(domain.uuid);
    });
    this.watched.set(hostId, client);
    client.once('close', () => {
      if (this.watched.get(hostId) === client) this.watched.delete(hostId);
      lost();
    });
  }

  private async ourDomains(hostId: string): Promise<FoundVm[]> {
    return this.libvirt(hostId, 'quick', async (client) => {
      const all = await client.allStats({ timeoutMs: STATS_TIMEOUT_MS });
      const named = all.filter(({ domain }) => domain.name === domainName(domain.uuid));
      const marked = await Promise.all(named.map((each) => this.isOurs(client, each.domain)));
      const boot = await this.boot(hostId, client);
      return named.filter((_, i) => marked[i]).map((stats) => foundVm(boot, stats));
    });
  }

  /** Names the host's run. libvirt numbers domains anew after a reboot. */
  private boot(hostId: string, client: LibvirtClient): Promise<string> {
    const known = this.boots.get(client);
    if (known) return known;
    const reading = this.hosts.reach(hostId).then((host) => host.exec(sh`${BOOT_SCRIPT}`));
    const boot = reading.then(({ stdout }) => stdout.trim().replace(/\s+/g, ' '));
    this.boots.set(client, boot);
    boot.catch(() => this.boots.delete(client));
    return boot;
  }

  private async isOurs(client: LibvirtClient, domain: Domain): Promise<boolean> {
    if (this.ours.has(domain.uuid)) return true;
    const xml = await client.xml(domain).catch(unlessMissing);
    const ours = xml !== undefined && isOurs(xml, await this.platform.id());
    if (ours) this.ours.add(domain.uuid);
    return ours;
  }

  private async ourFolders(hostId: string): Promise<string[]> {
    const host = await this.hosts.reach(hostId);
    const files = raw(`${VM_FOLDER}/*/owner`);
    const { stdout } = await host.exec(sh`grep -lsxF ${await this.platform.id()} ${files}`);
    const ids = stdout.split('\n').map((path) => path.split('/').at(-2) ?? '');
    return ids.filter((id) => UUID.test(id));
  }

  /** Calls of libvirt carry no fence: an older run finds out here that it is one. */
  private async holdFence(place: Place): Promise<void> {
    if (place.fence !== undefined) await this.command(place, sh`true`);
  }

  private async command(place: Place, command: ShellCommand, options: ExecOptions = {}): Promise<void> {
    const host = await this.hosts.reach(place.hostId);
    const { fence, signal } = place;
    const runner: CommandRunner = fence === undefined ? host : host.fenced(resourceOf(place), fence);
    await runner.run(command, { ...options, signal });
  }

  /** Does nothing when there is no such domain, or it is already as `act` would make it. */
  private async withDomain(
    place: Place,
    channel: Channel,
    act: (client: LibvirtClient, domain: Domain) => Promise<unknown>,
  ): Promise<void> {
    await this.libvirt(place.hostId, channel, async (client) => {
      const domain = await found(client, place.vmId);
      if (domain) await act(client, domain).catch(unlessDone);
    });
  }

  private async libvirt<T>(
    hostId: string,
    channel: Channel,
    work: (client: LibvirtClient) => Promise<T>,
  ): Promise<T> {
    const client = await this.channels.client(hostId, channel);
    try {
      return await work(client);
    } catch (error) {
      const { address, port = 22 } = (await this.hosts.reach(hostId)).target;
      const message = error instanceof Error ? error.message : String(error);
      throw new HypervisorError(`host ${address}:${port}: libvirt: ${message}`, { cause: error });
    }
  }
}

const resourceOf = ({ vmId }: Place): string => `vm-${vmId}`;

function unlessMissing(error: unknown): undefined {
  if (error instanceof LibvirtError && error.isNotFound) return undefined;
  throw error;
}

/** VIR_ERR_OPERATION_INVALID: it runs already, or not any more. */
function unlessDone(error: unknown): undefined {
  if (error instanceof LibvirtError && error.name === 'VIR_ERR_OPERATION_INVALID') return undefined;
  return unlessMissing(error);
}

/** The domain with the VM's id as its UUID: nobody else has minted that. */
const found = (client: LibvirtClient, vmId: string): Promise<Domain | undefined> =>
  client.lookupByUuid(vmId).catch(unlessMissing);

const running = (stuck: boolean): DomainState => ({ is: 'running', ...(stuck && { stuck }) });

function foundVm(boot: string, { domain, stats }: DomainStats): FoundVm {
  const [state, reason]: (StatValue | undefined)[] = [stats['state.state'], stats['state.reason']];
  if (state !== SHUTOFF && state !== CRASHED) {
    const sample = { incarnation: `${boot} ${domain.id}`, counters: countersOf(stats) };
    return { vmId: domain.uuid, state: running(state === PAUSED && reason === PAUSED_IOERROR), sample };
  }
  const byGuest = state === SHUTOFF && reason === SHUTOFF_BY_SHUTDOWN;
  return { vmId: domain.uuid, state: { is: 'off', byGuest } };
}
