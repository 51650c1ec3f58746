import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Admits one stream of an image's content. Its row goes when it is used. */
@Entity({ name: 'upload_tickets' })
export class UploadTicketRow {
  /** SHA-256 of the ticket, hexadecimal. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'upload_tickets_pk' }) hash!: string;
  @Column('uuid', { name: 'image_id' }) imageId!: string;
  @Column('text', { name: 'user_id' }) userId!: string;
  @Column('bigint', { name: 'position' }) position!: string;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}
