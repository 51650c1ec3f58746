import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Subnet } from './subnet.entity';

export type AddressUse = 'network' | 'gateway' | 'broadcast' | 'port' | 'resting';

/** An address of a subnet that cannot be given; those without a row are free. */
@Entity({ name: 'addresses' })
export class Address {
  @PrimaryColumn('uuid', { name: 'subnet_id', primaryKeyConstraintName: 'addresses_pk' })
  @ForeignKey(() => Subnet, { name: 'addresses_subnet', onDelete: 'CASCADE' })
  subnetId!: string;
  @PrimaryColumn('inet', { primaryKeyConstraintName: 'addresses_pk' }) ip!: string;
  @Column('text') use!: AddressUse;
  /** When an address that rests is free again. */
  @Column('timestamptz', { name: 'free_at', nullable: true }) freeAt!: Date | null;
}
