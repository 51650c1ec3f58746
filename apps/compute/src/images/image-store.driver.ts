import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { IMAGE_KINDS, type ImageKind } from '@nubo/contracts';
import type { Image } from '../../../../libs/entities/src/compute';
import { ComputeConfig } from '../compute.config';

/** Where image files are kept; another storage is another implementation. */
export abstract class ImageStore {
  /** Of the finished file, `<imageId>.qcow2` or `<imageId>.tar`; it may not be there. */
  abstract path(imageId: string, kind: ImageKind): string;
  /**
   * A place for an unfinished file of this run's own, and for `<place>.qcow2` made from it. What earlier runs left is
   * removed, but for what a download can go on from (`<place>.from` says so): that is here then.
   */
  abstract temporary(imageId: string, fence: number): Promise<string>;
  /** Makes a file in a place of {@link temporary} the image's: at once or not at all, and durable. */
  abstract commit(temporary: string, image: Pick<Image, 'id' | 'kind'>): Promise<void>;
  /** Bytes of what was delivered in pieces; 0 when nothing was. */
  abstract delivered(imageId: string): Promise<number>;
  /** What was delivered, cut at `length`, to be written on; made when it is not there. */
  abstract openDelivery(imageId: string, length: number): Promise<FileHandle>;
  /** Delivers a copy of the file `from`: at once or not at all. What was taken of an earlier delivery stays as it was. */
  abstract deliver(imageId: string, from: string): Promise<void>;
  /** The delivery in a place of {@link temporary}, too: it stays until it is dropped. */
  abstract take(imageId: string, temporary: string): Promise<void>;
  abstract dropDelivery(imageId: string): Promise<void>;
  /** Bytes of a file. */
  abstract size(path: string): Promise<number>;
  /** Removes what is unfinished of an image. */
  abstract tidy(imageId: string): Promise<void>;
  /** The images that have unfinished files here: deliveries, and what runs made of them. */
  abstract unfinished(): Promise<string[]>;
  /** Removes all of an image, finished or not. Harmless when there is nothing. */
  abstract remove(imageId: string): Promise<void>;
}

const UNFINISHED = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:delivery|\d+\.part)/;

/** A folder of this machine. */
@Injectable()
export class FolderImageStore extends ImageStore {
  private readonly folder: string;

  constructor(config: ComputeConfig) {
    super();
    this.folder = config.imageFolder;
  }

  path(imageId: string, kind: ImageKind): string {
    return join(this.folder, `${imageId}.${kind === 'vm' ? 'qcow2' : 'tar'}`);
  }

  async temporary(imageId: string, fence: number): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, `${imageId}.${fence}.part`);
    const [left] = (await this.parts(imageId)).filter((file) => file.endsWith('.part.from'));
    if (left) await this.adopt(join(this.folder, left.slice(0, -'.from'.length)), path);
    await this.clear(imageId, [path, `${path}.from`]);
    return path;
  }

  async commit(temporary: string, { id, kind }: Pick<Image, 'id' | 'kind'>): Promise<void> {
    await flush(temporary);
    await rename(temporary, this.path(id, kind));
    await flush(this.folder);
  }

  async delivered(imageId: string): Promise<number> {
    return this.size(this.delivery(imageId)).catch(() => 0);
  }

  async openDelivery(imageId: string, length: number): Promise<FileHandle> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = await open(this.delivery(imageId), constants.O_RDWR | constants.O_CREAT, 0o600);
    await file.truncate(length);
    await flush(this.folder);
    return file;
  }

  async deliver(imageId: string, from: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const draft = `${this.delivery(imageId)}.${randomUUID()}`;
    try {
      await copyFile(from, draft);
      await chmod(draft, 0o600);
      await flush(draft);
      await rename(draft, this.delivery(imageId));
    } finally {
      await rm(draft, { force: true });
    }
    await flush(this.folder);
  }

  take(imageId: string, temporary: string): Promise<void> {
    return link(this.delivery(imageId), temporary);
  }

  /** With the drafts of whoever died while he delivered. */
  async dropDelivery(imageId: string): Promise<void> {
    const files = await readdir(this.folder).catch(() => []);
    const left = files.filter((file) => file.startsWith(`${imageId}.delivery`));
    await Promise.all(left.map((file) => rm(join(this.folder, file), { force: true })));
  }

  async size(path: string): Promise<number> {
    return (await stat(path)).size;
  }

  async remove(imageId: string): Promise<void> {
    for (const kind of IMAGE_KINDS) await rm(this.path(imageId, kind), { force: true });
    await this.dropDelivery(imageId);
    await this.tidy(imageId);
  }

  async unfinished(): Promise<string[]> {
    const files = await readdir(this.folder).catch(() => []);
    return [...new Set(files.flatMap((file) => UNFINISHED.exec(file)?.[1] ?? []))];
  }

  tidy(imageId: string): Promise<void> {
    return this.clear(imageId, []);
  }

  /** The note last: one without its file is none. */
  private async adopt(left: string, path: string): Promise<void> {
    await rename(left, path).catch(() => undefined);
    await rename(`${left}.from`, `${path}.from`);
  }

  private async clear(imageId: string, kept: string[]): Promise<void> {
    const parts = (await this.parts(imageId)).map((file) => join(this.folder, file));
    const left = parts.filter((path) => !kept.includes(path));
    await Promise.all(left.map((path) => rm(path, { force: true })));
  }

  private async parts(imageId: string): Promise<string[]> {
    const files = await readdir(this.folder).catch(() => []);
    return files.filter((file) => file.startsWith(`${imageId}.`) && file.includes('.part'));
  }

  private delivery(imageId: string): string {
    return join(this.folder, `${imageId}.delivery`);
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
