import type { PortState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { Subnet } from './subnet.entity';

/** A NIC of an instance. `generation` counts its bindings. */
@Entity({ name: 'ports' })
@Index('ports_by_tenant', ['tenantId'])
@Index('ports_by_host', ['hostId'])
@Index('ports_by_instance', ['instanceId'])
@Index('ports_mac', ['subnetId', 'mac'], { unique: true })
@Index('ports_device', ['device'], { unique: true })
export class Port extends ResourceEntity {
  declare state: PortState;
  @Column('uuid', { name: 'subnet_id' })
  @ForeignKey(() => Subnet, { name: 'ports_subnet' })
  subnetId!: string;
  @Column('uuid', { name: 'vpc_id' }) vpcId!: string;
  @Column('uuid', { name: 'instance_id' }) instanceId!: string;
  /** Where it is bound; of a port that is being deleted: where filters of it may still stand. */
  @Column('uuid', { name: 'host_id', nullable: true }) hostId!: string | null;
  @Column('inet') ip!: string;
  @Column('text') mac!: string;
  /** The tap device on its host. */
  @Column('text') device!: string;
}
