import type { UserRole } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** A person who can log in. Administrators have no tenant. */
@Entity({ name: 'users' })
@Index('users_by_tenant', ['tenantId'])
export class User extends ResourceEntity {
  /** As its owner wrote it; mail goes there. */
  @Column('text') email!: string;
  /** The address without regard to case: one account each. */
  @Index('users_email_key', { unique: true })
  @Column('text', { name: 'email_key' })
  emailKey!: string;
  @Column('text') role!: UserRole;
  /** argon2id, PHC string. */
  @Column('text', { name: 'password_hash' }) passwordHash!: string;
  @Column('boolean', { name: 'must_change_password', default: false }) mustChangePassword!: boolean;
  /** Tokens of an earlier epoch are revoked. */
  @Column('int', { default: 0 }) epoch!: number;
}
