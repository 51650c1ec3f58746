import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A code that was mailed to a user who may set a new password with it, once. */
@Entity({ name: 'password_resets' })
@Index('password_resets_by_user', ['userId'])
@Index('password_resets_by_expiry', ['expiresAt'])
export class PasswordReset {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'password_resets_pk' }) id!: string;
  @Column('uuid', { name: 'user_id' }) userId!: string;
  /** SHA-256 in hex: the code has 256 random bits, which need no slow hash. */
  @Column('text', { name: 'code_hash' }) codeHash!: string;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}
