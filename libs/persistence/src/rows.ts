import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/**
 * The entities that `where` (SQL; $1… are `values`) finds. For reads that are made all the time: TypeORM's own builders
 * take longer to write a SELECT than Postgres to answer it.
 */
export async function rowsOf<R extends ObjectLiteral>(
  em: EntityManager,
  entity: EntityTarget<R>,
  where: string,
  values: unknown[],
): Promise<R[]> {
  const { connection } = em;
  const metadata = connection.getMetadata(entity);
  const found: Record<string, unknown>[] = await em.query(
    `SELECT * FROM ${metadata.tablePath} WHERE ${where}`,
    values,
  );
  return found.map((raw) => {
    const row = metadata.create() as Record<string, unknown>;
    for (const column of metadata.columns)
      row[column.propertyName] = connection.driver.prepareHydratedValue(raw[column.databaseName], column);
    return row as unknown as R;
  });
}
