import type { EntityManager } from 'typeorm';

/** Rows of any table of the service, the ledger or the quotas that still tell of a tenant: table → how many. */
export async function traces(
  em: EntityManager,
  tenantId: string,
  email: string,
): Promise<Record<string, number>> {
  const tables: { name: string }[] = await em.query(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema IN ('tenant', 'quota') AND table_name <> 'migrations'`,
  );
  const found: Record<string, number> = {};
  for (const { name } of tables) {
    const [{ n }]: { n: number }[] = await em.query(
      `SELECT count(*)::int AS n FROM ${name} t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0`,
      [tenantId, email],
    );
    if (n > 0) found[name] = n;
  }
  return found;
}
