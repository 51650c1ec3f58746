import type { FileHandle } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import { LibvirtError, type Domain, type LibvirtClient } from '@nubo/libvirt';
import { raw, RemoteError, sh, type CommandRunner, type ShellCommand } from '@nubo/remote';
import { ComputeConfig } from '../compute.config';
import { hostPathOf } from '../images/image-copies.driver';
import { LibvirtChannels } from '../vms/libvirt-channels.driver';
import { folderOf } from '../vms/domain.rules';
import { COPY_SCRIPT, FLATTEN_SCRIPT, NO_ROOM_SAYS } from './host-scripts.driver';
import { diskRefusal, roomRefusal, type GuestState } from './snapshots.rules';

/** The snapshot will never be there, however often it is tried. */
export class SnapshotFailed extends Error {
  override readonly name = 'SnapshotFailed';
}

/** One run's work on a snapshot: its commands carry the fence and end with the signal. */
export interface SnapshotPlace {
  imageId: string;
  vmId: string;
  hostId: string;
  /** The image below the VM's disk. */
  baseImageId: string;
  fence: number;
  signal: AbortSignal;
}

/** A disk that stands alone, on the host. */
export interface FlatDisk {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/** What is done to a VM and on its host to save its disk. Every method may be repeated. */
export abstract class SnapshotDriver {
  abstract state(place: SnapshotPlace): Promise<GuestState>;
  /** Has the guest agent freeze the file systems; false when none answers. */
  abstract freeze(place: SnapshotPlace): Promise<boolean>;
  /** Stops the guest's processors; what it had written is in its disk's file then. */
  abstract pause(place: SnapshotPlace): Promise<void>;
  /** Undoes {@link pause} and {@link freeze}. Harmless when neither was, or there is no guest. */
  abstract goOn(place: SnapshotPlace): Promise<void>;
  /** Copies the VM's own disk aside, whole or not at all. Rejects with {@link SnapshotFailed} when there is no room. */
  abstract copy(place: SnapshotPlace): Promise<void>;
  /** Makes the copy and the image below it one file. Rejects with {@link SnapshotFailed} when it may not be. */
  abstract flatten(place: SnapshotPlace): Promise<FlatDisk>;
  /** Writes the flat disk's bytes from `from` on to `file`. */
  abstract fetch(place: SnapshotPlace, from: number, file: FileHandle): Promise<void>;
  abstract remove(place: SnapshotPlace): Promise<void>;
}

const FOLDER = '/var/lib/nubo/snapshots';
const CALL_MS = 60_000;
export const COPY_MS = 10 * 60_000;
export const FLATTEN_MS = 30 * 60_000;
export const FETCH_MS = 2 * 60 * 60_000;
/** 128 + SIGXFSZ */
const FILE_TOO_LARGE = 153;

/** virDomainShutoffReason (libvirt-domain.h): destroyed, crashed, failed. */
const CUT = new Set([2, 3, 6]);

/** Over libvirt's protocol and SSH. */
@Injectable()
export class SshSnapshotDriver extends SnapshotDriver {
  constructor(
    private readonly hosts: HostsAccess,
    private readonly channels: LibvirtChannels,
    private readonly config: ComputeConfig,
  ) {
    super();
  }

  async state(place: SnapshotPlace): Promise<GuestState> {
    const client = await this.channels.client(place.hostId, 'quick');
    const domain = await client.lookupByUuid(place.vmId).catch(unlessMissing);
    if (!domain) return 'off';
    const { state, reason } = await client.state(domain);
    if (state === 'crashed') return 'cut';
    if (state !== 'shutoff') return 'running';
    return CUT.has(reason) ? 'cut' : 'off';
  }

  async freeze(place: SnapshotPlace): Promise<boolean> {
    await this.holdFence(place);
    const frozen = await this.onDomain(place, async (client, domain) => {
      await client.fsFreeze(domain, { timeoutMs: CALL_MS });
      return true;
    }).catch(unlessRefused);
    return frozen === true;
  }

  async pause(place: SnapshotPlace): Promise<void> {
    await this.holdFence(place);
    await this.onDomain(place, (client, domain) => client.suspend(domain, { timeoutMs: CALL_MS }));
  }

  /** Not after its time: by then another run may have paused the guest. */
  async goOn(place: SnapshotPlace): Promise<void> {
    await this.onDomain(place, async (client, domain) => {
      const { state } = await client.state(domain);
      place.signal?.throwIfAborted();
      if (state === 'paused') await client.resume(domain, { timeoutMs: CALL_MS });
      if (state === 'paused' || state === 'running')
        await client.fsThaw(domain, { timeoutMs: CALL_MS }).catch(unlessRefused);
    });
  }

  async copy(place: SnapshotPlace): Promise<void> {
    const host = await this.command(place);
    const disk = `${folderOf(place.vmId)}/disk.qcow2`;
    const options = { signal: place.signal, timeoutMs: COPY_MS };
    await host.run(sh`${this.variables(place)} disk=${disk}\n${COPY_SCRIPT}`, options).catch(explained);
  }

  async flatten(place: SnapshotPlace): Promise<FlatDisk> {
    const host = await this.command(place);
    const [folder, base, { signal }] = [folderOfSnapshot(place), hostPathOf(place.baseImageId), place];
    const info = await host.run(sh`qemu-img info --output=json -f qcow2 ${`${folder}/disk.qcow2`}`, {
      signal,
    });
    const refusal = diskRefusal(info, base);
    if (refusal) throw new SnapshotFailed(`The disk of the VM is not what it should be: ${refusal}.`);
    const options = { signal, timeoutMs: FLATTEN_MS };
    const flattening = host.run(sh`${this.variables(place)}\n${FLATTEN_SCRIPT}`, options);
    const said = await flattening.catch((error: unknown) => this.tooLarge(error)).catch(explained);
    const [bytes = '', sha256 = ''] = said.trim().split('\n');
    return { bytes: Number(bytes), sha256 };
  }

  async fetch(place: SnapshotPlace, from: number, file: FileHandle): Promise<void> {
    const host = await this.command(place);
    const stdout = file.createWriteStream({ start: from, autoClose: false });
    const options = { signal: place.signal, timeoutMs: FETCH_MS, stdout };
    await host.run(sh`tail -c +${from + 1} ${`${folderOfSnapshot(place)}/flat.qcow2`}`, options);
  }

  async remove(place: SnapshotPlace): Promise<void> {
    const host = await this.command(place);
    await host.run(sh`rm -rf -- ${folderOfSnapshot(place)}; rmdir ${FOLDER} 2>/dev/null || :`, {
      signal: place.signal,
    });
    await (await this.hosts.reach(place.hostId)).forgetFence(fenceOf(place));
  }

  private async command(place: SnapshotPlace): Promise<CommandRunner> {
    return (await this.hosts.reach(place.hostId)).fenced(fenceOf(place), place.fence);
  }

  /** libvirt's calls carry no fence: an older run finds out here that it is one. */
  private async holdFence(place: SnapshotPlace): Promise<void> {
    await (await this.command(place)).run(raw('true'), { signal: place.signal });
  }

  private async onDomain<T>(
    { hostId, vmId }: SnapshotPlace,
    act: (client: LibvirtClient, domain: Domain) => Promise<T>,
  ): Promise<T | undefined> {
    const client = await this.channels.client(hostId, 'slow');
    const domain = await client.lookupByUuid(vmId).catch(unlessMissing);
    return domain && act(client, domain);
  }

  private variables(place: SnapshotPlace): ShellCommand {
    const { imageMaxBytes: max } = this.config;
    return sh`folder=${folderOfSnapshot(place)} base=${hostPathOf(place.baseImageId)} max=${max}`;
  }

  private tooLarge(error: unknown): never {
    if (!(error instanceof RemoteError) || error.kind !== 'exit') throw error;
    if (error.code !== FILE_TOO_LARGE && !/File too large/.test(error.message)) throw error;
    const { imageMaxBytes } = this.config;
    throw new SnapshotFailed(`The image would be larger than the ${imageMaxBytes} bytes that are allowed.`);
  }
}

const folderOfSnapshot = ({ imageId }: SnapshotPlace): string => `${FOLDER}/${imageId}`;
const fenceOf = ({ imageId }: SnapshotPlace): string => `snapshot-${imageId}`;

/** What a host without room says, in a sentence for the tenant. */
function explained(error: unknown): never {
  if (!(error instanceof RemoteError) || error.kind !== 'exit') throw error;
  const said = error.stderr ?? '';
  const [, free, needed] = NO_ROOM_SAYS.exec(said) ?? [];
  if (free && needed) throw new SnapshotFailed(roomRefusal(Number(free), Number(needed)));
  if (/No space left on device/.test(said))
    throw new SnapshotFailed('The host of the VM ran out of room while its disk was saved.');
  throw error;
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof LibvirtError && error.isNotFound) return undefined;
  throw error;
}

/** No agent, none that answers, or one that cannot: libvirt says no, and the guest runs on. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof LibvirtError) return undefined;
  throw error;
}
