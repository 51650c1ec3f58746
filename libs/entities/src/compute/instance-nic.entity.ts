import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A NIC of a VM or a container. The port of the network service that it is plugged into has the id `portId`, minted here. */
@Entity({ name: 'instance_nics' })
@Index('instance_nics_by_port', ['portId'], { unique: true })
export class InstanceNic {
  @PrimaryColumn('uuid', { name: 'instance_id', primaryKeyConstraintName: 'instance_nics_pk' })
  instanceId!: string;
  @PrimaryColumn('int', { primaryKeyConstraintName: 'instance_nics_pk' }) position!: number;
  @Column('uuid', { name: 'port_id' }) portId!: string;
  /** null: on its user's default network, which it has no port on yet. */
  @Column('uuid', { name: 'subnet_id', nullable: true }) subnetId!: string | null;
  /** What the customer asked for. */
  @Column('text', { name: 'wanted_ip', nullable: true }) wantedIp!: string | null;
  /** What the network service gave; null until it did. */
  @Column('text', { nullable: true }) ip!: string | null;
  @Column('text', { nullable: true }) mac!: string | null;
}
