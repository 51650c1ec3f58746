import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Something that may happen only so often: a failed SFTP login, a new password. `key` is `<limit>:<whose>`. */
@Entity({ name: 'attempts' })
@Index('attempts_by_key', ['key', 'at'])
@Index('attempts_by_age', ['at'])
export class HostingAttempt {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'attempts_pk' })
  id!: string;
  @Column('text') key!: string;
  @Column('timestamptz', { default: () => 'now()' }) at!: Date;
}
