import type { Consistency, ImageKind, ImageSource, ImageState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** What VMs (a disk) or containers (a root file system) are made from. Its file is `<id>.qcow2` or `<id>.tar`. */
@Entity({ name: 'images' })
@Index('images_by_tenant', ['tenantId', 'id'])
export class Image extends ResourceEntity {
  declare state: ImageState;
  @Column('text', { default: '' }) description!: string;
  @Column('text', { default: 'vm' }) kind!: ImageKind;
  @Column('text', { default: 'url' }) source!: ImageSource;
  /** null when it comes from elsewhere. */
  @Column('text', { nullable: true }) url!: string | null;
  /** Of what came, hexadecimal: as asked for, else as found. */
  @Column('text', { nullable: true }) sha256!: string | null;
  /** Of the stored file, hexadecimal; another one than `sha256` when the image was converted. */
  @Column('text', { name: 'file_sha256', nullable: true }) fileSha256!: string | null;
  /** Bytes of the stored file. */
  @Column('bigint', { nullable: true }) size!: string | null;
  /** GiB, rounded up: what the guest sees; null where it is no disk. */
  @Column('int', { name: 'min_disk', nullable: true }) minDisk!: number | null;
  @Column('boolean', { default: false }) public!: boolean;
  /** Percent downloaded. */
  @Column('int', { default: 0 }) progress!: number;
  /** Bytes that are to be uploaded. */
  @Column('bigint', { name: 'upload_size', nullable: true }) uploadSize!: string | null;
  /** Bytes of the upload that are on the disk for sure; the file may be longer. */
  @Column('bigint', { nullable: true }) received!: string | null;
  /** Which stream may write the upload, and until when if it does not say more. */
  @Column('uuid', { nullable: true }) writer!: string | null;
  @Column('timestamptz', { name: 'writer_until', nullable: true }) writerUntil!: Date | null;
  /** The VM that it was saved from. */
  @Column('uuid', { name: 'vm_id', nullable: true }) vmId!: string | null;
  @Column('text', { nullable: true }) consistency!: Consistency | null;
}
