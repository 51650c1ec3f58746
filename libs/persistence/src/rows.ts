/**
 * Rows for reads that are made all the time: as statements that a connection prepares once. TypeORM's own builders take
 * longer to write a SELECT than Postgres to answer it, and Postgres longer to plan it than to run it.
 */
import { unavailable } from '@nubo/contracts';
import DataLoader from 'dataloader';
import {
  type DataSource,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  type EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type ObjectLiteral,
} from 'typeorm';
import { SLOW_MS } from './data-source';

/** Rows of `entity` that belong to a row: `of` holds its id, `order` counts them. Columns of times are not for this. */
export interface Below<B extends ObjectLiteral> {
  readonly entity: EntityTarget<B>;
  readonly of: keyof B & string;
  readonly order: keyof B & string;
}

type Raw = Record<string, unknown>;

/** The entities that `where` (SQL; $1… are `values`) finds. `where` is one of few: each is kept. */
export async function rowsOf<R extends ObjectLiteral>(
  em: EntityManager,
  entity: EntityTarget<R>,
  where: string,
  values: unknown[],
): Promise<R[]> {
  const metadata = em.connection.getMetadata(entity);
  const sql = `SELECT ${columnsOf(metadata)} FROM ${metadata.tablePath} WHERE ${where}`;
  return (await ask(em, sql, values)).map((raw) => hydrated(metadata, raw));
}

/** The row `id`; nothing when there is none. Not locked. */
export async function rowById<R extends ObjectLiteral>(
  em: EntityManager,
  entity: EntityTarget<R>,
  id: string,
): Promise<R | undefined> {
  const metadata = em.connection.getMetadata(entity);
  const sql = `SELECT ${columnsOf(metadata)} FROM ${metadata.tablePath} WHERE id = ANY($1)`;
  const raw = await byId(em, sql, id);
  return raw && hydrated(metadata, raw);
}

/** The row `id` and those below it; nothing when there is none. */
export async function rowWith<R extends ObjectLiteral, B extends ObjectLiteral>(
  em: EntityManager,
  [entity, id]: [EntityTarget<R>, string],
  below: Below<B>,
): Promise<[R, B[]] | undefined> {
  const metadata = em.connection.getMetadata(entity);
  const inner = em.connection.getMetadata(below.entity);
  const [of, order] = [below.of, below.order].map(
    (name) => inner.findColumnWithPropertyName(name)?.databaseName,
  );
  const list = `SELECT ${columnsOf(inner)} FROM ${inner.tablePath} WHERE ${of} = t.id ORDER BY ${order}`;
  const sql = `SELECT ${columnsOf(metadata)}, (SELECT json_agg(b) FROM (${list}) b) AS below FROM ${metadata.tablePath} t WHERE id = ANY($1)`;
  const raw = await byId(em, sql, id);
  if (!raw) return undefined;
  const rows = (raw.below ?? []) as Raw[];
  return [hydrated(metadata, raw), rows.map((row) => hydrated(inner, row))];
}

/** By name: a prepared `SELECT *` fails as soon as a migration adds a column. */
const columnsOf = ({ columns }: EntityMetadata): string =>
  columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');

function hydrated<R>(metadata: EntityMetadata, raw: Raw): R {
  const { driver } = metadata.connection;
  const row = metadata.create() as Raw;
  for (const column of metadata.columns)
    row[column.propertyName] = driver.prepareHydratedValue(raw[column.databaseName], column);
  return row as R;
}

type Loader = DataLoader<string, Raw | undefined>;
const loaders = new WeakMap<DataSource, Map<string, Loader>>();
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_TOGETHER = 100;

/**
 * What is asked for in one turn of the event loop is one statement: under load a round trip costs more than a row. A
 * transaction asks for itself, and so does an id that Postgres would refuse, so that nobody else's read fails with it.
 */
function byId(em: EntityManager, sql: string, id: string): Promise<Raw | undefined> {
  if (em.queryRunner || !UUID.test(id)) return ask(em, sql, [[id]]).then(([raw]) => raw);
  return loaderOf(em, sql).load(id);
}

function loaderOf(em: EntityManager, sql: string): Loader {
  const known = loaders.get(em.connection) ?? new Map<string, Loader>();
  loaders.set(em.connection, known);
  const loader =
    known.get(sql) ?? new DataLoader(together(em, sql), { cache: false, maxBatchSize: MAX_TOGETHER });
  known.set(sql, loader);
  return loader;
}

const together = (em: EntityManager, sql: string) => async (ids: readonly string[]) => {
  const found = new Map((await ask(em, sql, [[...new Set(ids)]])).map((raw) => [raw.id, raw]));
  return ids.map((id) => found.get(id));
};

interface Queryable {
  query(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: Raw[] }>;
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `nubo_${names.size}`;
  names.set(text, name);
  return name;
}

async function ask(em: EntityManager, text: string, values: unknown[]): Promise<Raw[]> {
  const connection = await connectionOf(em);
  const began = performance.now();
  try {
    const { rows } = await connection.query({ name: nameOf(text), text, values });
    const ms = performance.now() - began;
    if (ms > SLOW_MS) em.connection.logger.logQuerySlow(Math.round(ms), text);
    return rows;
  } catch (error) {
    throw new QueryFailedError(text, values, error as Error);
  }
}

/** That of the transaction, else any of the pool: TypeORM's way to it takes as long as the rest of a read. */
async function connectionOf({ queryRunner, connection }: EntityManager): Promise<Queryable> {
  if (queryRunner?.isReleased) throw new QueryRunnerAlreadyReleasedError();
  if (queryRunner) return (await queryRunner.connect()) as Queryable;
  const { master } = connection.driver as { master?: Queryable };
  if (master) return master;
  throw unavailable('database_unavailable', 'The database does not answer; try again shortly.');
}
