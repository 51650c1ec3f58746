/** Files of images that belong to nobody any more, kept for the VMs and containers of others that stand on them. */
import { revokeGrants } from '@nubo/persistence';
import { release } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import {
  BaseFile,
  Container,
  Image,
  Snapshot,
  UploadTicketRow,
  Vm,
} from '../../../../libs/entities/src/compute';

export const BASE_FILE = 'base-file';

/** Who is going. */
export type Leaver = { tenantId: string } | { userId: string };

/** The file of an image, whoever it belongs to; null when there is none (any more, or yet). */
export async function fileOf(
  em: EntityManager,
  imageId: string,
): Promise<Pick<BaseFile, 'fileSha256' | 'size' | 'kind'> | null> {
  const kept = await em.findOneBy(BaseFile, { imageId });
  if (kept) return kept;
  const image = await em.findOneBy(Image, { id: imageId });
  if (!image || image.fileSha256 === null || image.size === null) return null;
  return { fileSha256: image.fileSha256, size: image.size, kind: image.kind };
}

/** Whether a VM, a disk that is being saved, or a container of somebody else than who is going stands on the image. */
export async function isNeededByOthers(em: EntityManager, image: Image, leaver: Leaver): Promise<boolean> {
  if (image.fileSha256 === null) return false;
  const [column, id] = 'userId' in leaver ? ['user_id', leaver.userId] : ['tenant_id', leaver.tenantId];
  const sql = `SELECT EXISTS (SELECT 1 FROM vms v WHERE v.image_id = $1 AND v.${column} IS DISTINCT FROM $2)
    OR EXISTS (SELECT 1 FROM containers c WHERE c.image_id = $1 AND c.${column} IS DISTINCT FROM $2)
    OR EXISTS (SELECT 1 FROM snapshots s JOIN images i ON i.id = s.image_id
      WHERE s.base_image_id = $1 AND NOT s.delivered AND i.${column} IS DISTINCT FROM $2) AS needed`;
  const [row]: { needed: boolean }[] = await em.query(sql, [image.id, id]);
  return row?.needed === true;
}

/** The image is gone for everybody, its quota given back; its file stays as long as a disk stands on it. */
export async function keepFileOnly(em: EntityManager, imageId: string): Promise<void> {
  const sql = `INSERT INTO base_files (image_id, kind, file_sha256, size)
    SELECT id, kind, file_sha256, size FROM images WHERE id = $1`;
  await em.query(sql, [imageId]);
  await forgetImage(em, imageId);
  await wake(em, BASE_FILE, imageId);
}

/** Everything of an image but its files. */
export async function forgetImage(em: EntityManager, id: string): Promise<void> {
  await em.delete(UploadTicketRow, { imageId: id });
  await em.delete(Image, { id });
  await release(em, id);
  await revokeGrants(em, id);
}

/** What needs the file below it, in words; undefined when nothing does. */
export async function needOf(em: EntityManager, imageId: string): Promise<string | undefined> {
  const vms = await em.countBy(Vm, { imageId });
  if (vms > 0) return `${vms} VMs that were made from it to be deleted`;
  const containers = await em.countBy(Container, { imageId });
  if (containers > 0) return `${containers} containers that were made from it to be deleted`;
  const saved = await savedOn(em, imageId);
  return saved > 0 ? `${saved} VMs that were made from it to be saved` : undefined;
}

/** Disks that are copied, whose VMs may be gone, and that need this image below them until they stand alone. */
function savedOn(em: EntityManager, baseImageId: string): Promise<number> {
  return em
    .createQueryBuilder(Snapshot, 's')
    .innerJoin(Image, 'image', `image.id = s.image_id AND image.state = 'creating'`)
    .where({ baseImageId, delivered: false })
    .getCount();
}

/** A VM or a container has gone: perhaps the last one. */
export async function wakeBaseFile(em: EntityManager, imageId: string): Promise<void> {
  if (await em.existsBy(BaseFile, { imageId })) await wake(em, BASE_FILE, imageId);
}
