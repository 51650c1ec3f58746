import type { Manager, NetworkState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** A virtual private cloud and its router, which has the same id. `generation` counts the changes of its subnets. */
@Entity({ name: 'vpcs' })
@Index('vpcs_by_tenant', ['tenantId'])
@Index('vpcs_by_host', ['hostId'])
@Index('vpcs_external_ip', ['externalIp'], { unique: true })
@Index('vpcs_default_of', ['defaultOf'], { unique: true, where: `state <> 'deleting'` })
@Index('vpcs_namespace', ['namespace'], { unique: true })
export class Vpc extends ResourceEntity {
  declare state: NetworkState;
  /** The location of its router. */
  @Column('text') region!: string;
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  @Column('inet', { name: 'external_ip' }) externalIp!: string;
  /** The network namespace of its router. */
  @Column('text') namespace!: string;
  /** The id of the user whose default VPC it is. */
  @Column('text', { name: 'default_of', nullable: true }) defaultOf!: string | null;
  /** Its host may still have a router of it; false once that is certainly gone. */
  @Column('boolean', { name: 'on_host', default: true }) onHost!: boolean;
  /** The service that keeps it for its user; null: the user does. */
  @Column('text', { name: 'managed_by', nullable: true }) managedBy!: Manager | null;
}
