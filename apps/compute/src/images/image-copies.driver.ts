import { createReadStream } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { ImageKind } from '@nubo/contracts';
import { HostsAccess } from '@nubo/fleet';
import { sh, type CommandRunner } from '@nubo/remote';

const FOLDER = '/var/lib/nubo/images';
const STEADY_MS = 60_000;
/** What the slowest link still manages. */
const BYTES_PER_MS = 2_000;

/** One run's work on a copy: its commands carry the fence and end with the signal. */
export interface CopyVisit {
  /** The copy's id: names the fence. */
  copyId: string;
  hostId: string;
  imageId: string;
  kind: ImageKind;
  fence: number;
  signal: AbortSignal;
}

export interface CopyFile {
  /** Hexadecimal. */
  sha256: string;
  bytes: number;
}

/** Where an image lies on a host. */
export const hostPathOf = (imageId: string): string => `${FOLDER}/${imageId}.qcow2`;

/** How long a copy may take, ms. */
export const copyTimeoutOf = (bytes: number): number => STEADY_MS + Math.ceil(bytes / BYTES_PER_MS);

/** Which copy it is. */
export type Copy = Pick<CopyVisit, 'copyId' | 'hostId' | 'imageId' | 'kind'>;

/** What VMs and containers are made from on the copy's host: a file's path, or what podman calls the image. */
export const placeOf = ({ kind, imageId, copyId }: Copy): string =>
  kind === 'vm' ? hostPathOf(imageId) : imageReference(copyId);

/** Nobody but the platform knows a copy's id: no archive can bring an image of that name. */
export const imageReference = (copyId: string): string => `localhost/nubo:${copyId}`;

/** Images on hosts. */
export abstract class CopyDriver {
  /** Is it there? Of a file the length is looked at. */
  abstract has(copy: Copy, bytes: number): Promise<boolean>;
  /** Brings the local file `from` there, unless the same is there already. Whole and checked, or not at all. */
  abstract copy(visit: CopyVisit, file: CopyFile, from: string): Promise<void>;
  abstract remove(visit: CopyVisit): Promise<void>;
}

/** Over SSH: readable by the guests' user (libvirt-qemu), the folder not to be listed. */
@Injectable()
export class SshCopyDriver extends CopyDriver {
  constructor(private readonly hosts: HostsAccess) {
    super();
  }

  async has({ hostId, imageId }: Copy, bytes: number): Promise<boolean> {
    const host = await this.hosts.reach(hostId);
    const { stdout } = await host.exec(sh`stat -c %s ${hostPathOf(imageId)} 2>/dev/null`);
    return stdout.trim() === String(bytes);
  }

  async copy(visit: CopyVisit, file: CopyFile, from: string): Promise<void> {
    const host = await this.on(visit);
    const options = { signal: visit.signal, timeoutMs: copyTimeoutOf(file.bytes) };
    const path = hostPathOf(visit.imageId);
    const same = sh`[ -f ${path} ] && echo ${`${file.sha256}  ${path}`} | sha256sum -c --status`;
    if ((await host.exec(same, options)).code === 0) return;
    const part = `${path}.part`;
    const receive = sh`umask 022
mkdir -p ${FOLDER} && chmod 711 /var/lib/nubo ${FOLDER} || exit 1
cat >${part} && echo ${`${file.sha256}  ${part}`} | sha256sum -c --status ||
  { rm -f ${part}; echo "the image arrived broken" >&2; exit 1; }
chmod 644 ${part} && sync ${part} && mv -f ${part} ${path}`;
    await host.run(receive, { ...options, stdin: createReadStream(from) });
  }

  async remove(visit: CopyVisit): Promise<void> {
    const path = hostPathOf(visit.imageId);
    const host = await this.on(visit);
    await host.run(sh`rm -f ${path} ${`${path}.part`}`, { signal: visit.signal });
    await (await this.hosts.reach(visit.hostId)).forgetFence(fenceOf(visit));
  }

  private async on(visit: CopyVisit): Promise<CommandRunner> {
    return (await this.hosts.reach(visit.hostId)).fenced(fenceOf(visit), visit.fence);
  }
}

export const fenceOf = ({ copyId }: CopyVisit): string => `image-copy-${copyId}`;
