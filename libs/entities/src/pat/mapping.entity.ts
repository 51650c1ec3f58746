import type { Manager, MappingState, Protocol } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Exclusion, Index } from 'typeorm';

/** Leads an external port of a router to a port of an instance. */
@Entity({ name: 'mappings' })
@Exclusion(
  'mappings_external_port',
  `USING gist (router_id WITH =, protocol WITH =, int4range(external_port, external_port, '[]') WITH &&)`,
)
@Index('mappings_by_router', ['routerId'])
@Index('mappings_by_port', ['portId'])
@Index('mappings_by_tenant', ['tenantId'])
export class Mapping extends ResourceEntity {
  declare state: MappingState;
  /** The VPC's id. */
  @Column('uuid', { name: 'router_id' }) routerId!: string;
  /** The network host that the router was on when last seen. */
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  @Column('text', { name: 'external_ip' }) externalIp!: string;
  @Column('text') protocol!: Protocol;
  @Column('int', { name: 'external_port' }) externalPort!: number;
  /** The instance's NIC: the mapping follows it, whatever its address is. */
  @Column('uuid', { name: 'port_id' }) portId!: string;
  @Column('uuid', { name: 'instance_id' }) instanceId!: string;
  @Column('text', { name: 'target_ip' }) targetIp!: string;
  @Column('int', { name: 'target_port' }) targetPort!: number;
  /** When the network service last said that the port has this address. */
  @Column('timestamptz', { name: 'verified_at', default: () => 'now()' }) verifiedAt!: Date;
  /** The service that keeps it for its user; null: the user does. */
  @Column('text', { name: 'managed_by', nullable: true }) managedBy!: Manager | null;
}
