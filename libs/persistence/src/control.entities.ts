import type { GrantLevel } from '@nubo/contracts';
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** One row per resource that has a reconciler (libs/reconcile). Lives in each service's own schema. */
@Entity({ name: 'work' })
@Index('work_due', ['dueAt'])
export class WorkRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'work_pk' }) kind!: string;
  @PrimaryColumn('uuid', { name: 'resource_id', primaryKeyConstraintName: 'work_pk' }) resourceId!: string;
  @Column('timestamptz', { name: 'due_at', default: () => 'now()' }) dueAt!: Date;
  @Column('timestamptz', { name: 'lease_until', default: () => "'-infinity'" })
  leaseUntil!: Date;
  @Column('bigint', { default: 0 }) fence!: string;
  /** Counts wakes, so that one during a run is seen at its end. */
  @Column('bigint', { default: 0 }) wakes!: string;
  @Column('int', { default: 0 }) attempts!: number;
  @Column('timestamptz', { name: 'deadline_at', nullable: true }) deadlineAt!: Date | null;
  @Column('text', { name: 'last_error', nullable: true }) lastError!: string | null;
}

/** Events that have been committed and not yet published. */
@Entity({ name: 'outbox' })
export class OutboxRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'outbox_pk' }) seq!: string;
  /** De-duplicates the event in JetStream. */
  @Column('uuid') id!: string;
  @Column('text') subject!: string;
  @Column('jsonb') payload!: object;
}

/** The answer to a request that came with an Idempotency-Key; kept for a day. */
@Entity({ name: 'idempotency' })
@Index('idempotency_by_age', ['createdAt'])
export class IdempotencyRow {
  @PrimaryColumn('text', { name: 'user_id', primaryKeyConstraintName: 'idempotency_pk' }) userId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_pk' }) key!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text', { name: 'request_hash' }) requestHash!: string;
  @Column('jsonb', { nullable: true }) answer!: object | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}

export type { GrantLevel };

/** Gives one user access to one resource of this service. */
@Entity({ name: 'grants' })
@Index('grants_by_user', ['userId'])
@Index('grants_by_tenant', ['tenantId'])
export class GrantRow {
  @PrimaryColumn('uuid', { name: 'resource_id', primaryKeyConstraintName: 'grants_pk' }) resourceId!: string;
  @PrimaryColumn('text', { name: 'user_id', primaryKeyConstraintName: 'grants_pk' }) userId!: string;
  /** The user's tenant, with which the grant goes. */
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text') level!: GrantLevel;
}

export const CONTROL_ENTITIES = [WorkRow, OutboxRow, IdempotencyRow, GrantRow];
