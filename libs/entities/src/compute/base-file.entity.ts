import type { ImageKind } from '@nubo/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The file of an image that belongs to nobody any more, kept for what stands on it. Its copies go with it. */
@Entity({ name: 'base_files' })
export class BaseFile {
  @PrimaryColumn('uuid', { name: 'image_id', primaryKeyConstraintName: 'base_files_pk' }) imageId!: string;
  @Column('text', { default: 'vm' }) kind!: ImageKind;
  /** Hexadecimal. */
  @Column('text', { name: 'file_sha256' }) fileSha256!: string;
  /** Bytes. */
  @Column('bigint') size!: string;
}
