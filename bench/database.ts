import { Client } from 'pg';

/** The rows of one query, over a connection of its own. */
export async function queryOnce<R>(databaseUrl: string, sql: string, values: unknown[] = []): Promise<R[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as R[];
  } finally {
    await client.end();
  }
}
