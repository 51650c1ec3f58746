import type { ImageState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity } from 'typeorm';

/** A disk that VMs are made from. Its file is `<id>.qcow2`. */
@Entity({ name: 'images' })
export class Image extends ResourceEntity {
  declare state: ImageState;
  @Column('text', { default: '' }) description!: string;
  @Column('text') url!: string;
  /** Of what the URL gives, hexadecimal: as asked for, else as found. */
  @Column('text', { nullable: true }) sha256!: string | null;
  /** Of the stored file, hexadecimal; another one than `sha256` when the image was converted. */
  @Column('text', { name: 'file_sha256', nullable: true }) fileSha256!: string | null;
  /** Bytes of the stored file. */
  @Column('bigint', { nullable: true }) size!: string | null;
  /** GiB, rounded up: what the guest sees. */
  @Column('int', { name: 'min_disk', nullable: true }) minDisk!: number | null;
  @Column('boolean', { default: false }) public!: boolean;
  /** Percent downloaded. */
  @Column('int', { default: 0 }) progress!: number;
}
