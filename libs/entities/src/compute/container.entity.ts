import type { ContainerState, Manager, RestartPolicy } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';
import type { WantedState } from './vm.entity';

/** A container. On its host it is podman's `nubo-<id>`, in the network namespace of its ports. */
@Entity({ name: 'containers' })
@Index('containers_by_host', ['hostId', 'idSlot'], { unique: true })
@Index('containers_by_image', ['imageId'])
@Index('containers_by_tenant', ['tenantId', 'id'])
export class Container extends ResourceEntity {
  declare state: ContainerState;
  @Column('uuid', { name: 'image_id' }) imageId!: string;
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  /** Which range of user ids of its host it has to itself. */
  @Column('int', { name: 'id_slot' }) idSlot!: number;
  @Column('text') location!: string;
  @Column('int', { name: 'memory_mib' }) memoryMib!: number;
  /** Percent of one CPU. */
  @Column('int') cpu!: number;
  @Column('int') pids!: number;
  /** null: what the image says. */
  @Column('text', { array: true, nullable: true }) command!: string[] | null;
  /** Variables, sealed: shown to nobody. */
  @Column('text', { default: '{}' }) env!: string;
  @Column('boolean', { name: 'read_only', default: false }) readOnly!: boolean;
  /** The folder of contents that it sees; null: none. */
  @Column('text', { nullable: true }) content!: string | null;
  @Column('text') restart!: RestartPolicy;
  /** How often it was started again in a row. */
  @Column('int', { default: 0 }) restarts!: number;
  /** When it may be started again, after it had ended by itself; null: now. */
  @Column('timestamptz', { name: 'restart_at', nullable: true }) restartAt!: Date | null;
  @Column('text', { name: 'wanted_state' }) wantedState!: WantedState;
  @Column('int', { name: 'exit_code', nullable: true }) exitCode!: number | null;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  /** The end that was noted last. */
  @Column('timestamptz', { name: 'ended_at', nullable: true }) endedAt!: Date | null;
  /** The service that keeps it; null: it is its maker's own. */
  @Column('text', { name: 'managed_by', nullable: true }) managedBy!: Manager | null;
}
