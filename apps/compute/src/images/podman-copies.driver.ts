import { createReadStream } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import { podmanOn, PodmanError, type PodmanClient } from '@nubo/podman';
import { sh } from '@nubo/remote';
import { Archives } from './archives.driver';
import { ImageRefused } from './image-refused';
import {
  CopyDriver,
  copyTimeoutOf,
  fenceOf,
  imageReference,
  SshCopyDriver,
  type Copy,
  type CopyFile,
  type CopyVisit,
} from './image-copies.driver';

/** Images of containers, in podman's storage on hosts. */
@Injectable()
export class PodmanCopies extends CopyDriver {
  constructor(
    private readonly hosts: HostsAccess,
    private readonly archives: Archives,
  ) {
    super();
  }

  async has({ hostId, copyId }: Copy): Promise<boolean> {
    const podman = await this.podman(hostId);
    return (await podman.image(imageReference(copyId))) !== undefined;
  }

  async copy(visit: CopyVisit, { bytes }: CopyFile, from: string): Promise<void> {
    await this.holdFence(visit);
    if (await this.has(visit)) return;
    const { signal, hostId } = visit;
    const reference = imageReference(visit.copyId);
    const podman = await this.podman(hostId);
    const options = { signal, timeoutMs: copyTimeoutOf(bytes) };
    const isRootfs = (await this.archives.inspect(from, signal)) === 'rootfs';
    const taken = isRootfs
      ? podman.importImage(createReadStream(from), { reference }, options)
      : podman.loadImage(this.archives.named(from, reference, signal), options);
    await taken.catch(inOurWords);
    if (!(await this.has(visit))) throw new TypeError('podman took the archive, but has no image of it');
  }

  async remove(visit: CopyVisit): Promise<void> {
    await this.holdFence(visit);
    const podman = await this.podman(visit.hostId);
    await podman.removeImage(imageReference(visit.copyId), { signal: visit.signal });
    await (await this.hosts.reach(visit.hostId)).forgetFence(fenceOf(visit));
  }

  private async podman(hostId: string): Promise<PodmanClient> {
    return podmanOn(await this.hosts.reach(hostId));
  }

  /** Calls of podman carry no fence: an older run finds out here that it is one. */
  private async holdFence(visit: CopyVisit): Promise<void> {
    const host = (await this.hosts.reach(visit.hostId)).fenced(fenceOf(visit), visit.fence);
    await host.run(sh`true`, { signal: visit.signal });
  }
}

/** What podman says of an archive, without the folders of its host. */
function inOurWords(error: unknown): never {
  if (!(error instanceof PodmanError)) throw error;
  const said = error.message.replace(/(?:\/[^\s/:"]+)+\/(?=[^\s/:"])/g, '…/');
  throw new ImageRefused('not_an_image', `podman can make no image of the archive: ${said}`);
}

/** Each kind of image where it belongs. */
@Injectable()
export class CopiesByKind extends CopyDriver {
  constructor(
    private readonly files: SshCopyDriver,
    private readonly podman: PodmanCopies,
  ) {
    super();
  }

  has(copy: Copy, bytes: number): Promise<boolean> {
    return this.of(copy).has(copy, bytes);
  }

  copy(visit: CopyVisit, file: CopyFile, from: string): Promise<void> {
    return this.of(visit).copy(visit, file, from);
  }

  remove(visit: CopyVisit): Promise<void> {
    return this.of(visit).remove(visit);
  }

  private of({ kind }: Copy): CopyDriver {
    return kind === 'vm' ? this.files : this.podman;
  }
}
