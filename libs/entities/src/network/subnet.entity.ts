import type { Manager, NetworkState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Exclusion, ForeignKey, Index } from 'typeorm';
import { Vpc } from './vpc.entity';

@Entity({ name: 'subnets' })
@Index('subnets_by_tenant', ['tenantId'])
@Index('subnets_by_vpc', ['vpcId'])
@Index('subnets_default_of', ['defaultOf'], { unique: true, where: `state <> 'deleting'` })
@Index('subnets_vni', ['vni'], { unique: true })
@Exclusion('subnets_overlap', 'USING gist (vpc_id WITH =, cidr inet_ops WITH &&)')
export class Subnet extends ResourceEntity {
  declare state: NetworkState;
  @Column('uuid', { name: 'vpc_id' })
  @ForeignKey(() => Vpc, { name: 'subnets_vpc' })
  vpcId!: string;
  @Column('cidr') cidr!: string;
  @Column('inet') gateway!: string;
  @Column('boolean') dhcp!: boolean;
  @Column('text', { array: true }) dns!: string[];
  /** VXLAN network identifier. Never given twice, so that a host that slept does not join another's subnet. */
  @Column('int') vni!: number;
  /** The id of the user whose default subnet it is. */
  @Column('text', { name: 'default_of', nullable: true }) defaultOf!: string | null;
  /** Its router may still have a leg in it; false once that is certainly gone. */
  @Column('boolean', { name: 'on_host', default: true }) onHost!: boolean;
  /** The service that keeps it for its user; null: the user does. */
  @Column('text', { name: 'managed_by', nullable: true }) managedBy!: Manager | null;
}
