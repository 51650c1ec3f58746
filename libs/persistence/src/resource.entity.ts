import { Column, PrimaryColumn } from 'typeorm';
import type { MetadataMap, ResourceView } from '@nubo/contracts';

/** The columns that every resource has. Entities extend it; the database fills the times. */
export abstract class ResourceEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  /** Who made it. */
  @Column('text', { name: 'user_id' }) userId!: string;
  @Column('jsonb', { default: {} }) metadata!: MetadataMap;
  @Column('int', { default: 1 }) version!: number;
  @Column('text') state!: string;
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
  /** Raised by every change of the wanted state. */
  @Column('int', { default: 1 }) generation!: number;
  @Column('int', { name: 'observed_generation', default: 0 }) observedGeneration!: number;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
}

/** What a person may write on every resource: absent keeps, null clears. */
export interface Described {
  name?: string;
  metadata?: MetadataMap | null;
}

/** Notes one write of a person's on `row`: its name and labels, and that the version has gone up. */
export function writtenByUser(row: ResourceEntity, { name, metadata }: Described): void {
  if (name !== undefined) row.name = name;
  if (metadata !== undefined) row.metadata = metadata ?? {};
  row.version += 1;
  row.updatedAt = new Date();
}

/** The fields that every view shows, from a row whose state is already of the view's kind. */
export function resourceFields<S extends string>(row: ResourceEntity & { state: string }): ResourceView<S> {
  return {
    id: row.id,
    name: row.name,
    tenantId: row.tenantId,
    metadata: row.metadata,
    version: row.version,
    state: row.state as S,
    stateReason: row.stateReason,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
