import type { EntityManager } from 'typeorm';

/** Until the end of the transaction nobody else decides who holds the domain, and what web servers have of it. */
export async function lockDomain(em: EntityManager, domain: string): Promise<void> {
  await em.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`hosting.domain:${domain}`]);
}
