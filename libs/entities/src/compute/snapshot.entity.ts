import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A VM's disk on its way to become an image; gone when it has arrived, or never will. */
@Entity({ name: 'snapshots' })
export class Snapshot {
  @PrimaryColumn('uuid', { name: 'image_id', primaryKeyConstraintName: 'snapshots_pk' }) imageId!: string;
  @Column('uuid', { name: 'vm_id' }) vmId!: string;
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  /** The image below the VM's disk. */
  @Column('uuid', { name: 'base_image_id' }) baseImageId!: string;
  @Column('boolean') quiesce!: boolean;
  /** The disk is copied on the host: the VM is not needed any more. */
  @Column('boolean', { default: false }) copied!: boolean;
  /** The disk is here: what is on the host is not needed any more. */
  @Column('boolean', { default: false }) delivered!: boolean;
}
