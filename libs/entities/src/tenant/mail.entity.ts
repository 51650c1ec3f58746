import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A mail that an SMTP server has not taken yet. */
@Entity({ name: 'mails' })
@Index('mails_by_tenant', ['tenantId'])
export class Mail {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'mails_pk' }) id!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text') recipient!: string;
  @Column('text') subject!: string;
  @Column('text') text!: string;
  @Column('text') html!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
