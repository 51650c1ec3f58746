import type { ImageKind } from '@nubo/contracts';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** `removing` outlives the image: the file still lies on a host that could not be reached. */
export type ImageCopyState = 'copying' | 'ready' | 'removing';

/** An image on a host: a file, or in podman's storage. */
@Entity({ name: 'image_copies' })
@Index('image_copies_place', ['imageId', 'hostId'], { unique: true })
export class ImageCopy {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'image_copies_pk' }) id!: string;
  @Column('uuid', { name: 'image_id' }) imageId!: string;
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  @Column('text', { default: 'vm' }) kind!: ImageKind;
  @Column('text') state!: ImageCopyState;
  /** What went wrong last. */
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
}
