import { randomUUID } from 'node:crypto';
import { listOperation, operation, RESOURCE_FIELDS, type Operation } from '@nubo/contracts';
import { Readiness } from '@nubo/observability';
import { sqlMigration, type SchemaDefinition } from '@nubo/schema';
import { Column, DataSource, Entity, type EntityManager } from 'typeorm';
import { dataSourceOptions } from '../data-source';
import { Database, DatabaseDefinition } from '../database';
import { Intentions } from '../intentions';
import { Listener } from '../listener';
import { serviceSchema, SHARED_SCHEMAS } from '../persistence.module';
import { filterOn } from '../filter';
import { ResourceEntity } from '../resource.entity';

/** A resource for tests. */
@Entity({ name: 'things' })
export class Thing extends ResourceEntity {
  @Column('boolean', { default: false }) open!: boolean;
  @Column('text', { nullable: true }) note!: string | null;
  @Column('uuid', { name: 'maker_id', nullable: true }) makerId!: string | null;
  @Column('int', { nullable: true }) count!: number | null;
  @Column('bigint', { nullable: true }) size!: string | null;
  @Column('timestamptz', { name: 'seen_at', nullable: true }) seenAt!: Date | null;
  @Column('inet', { nullable: true }) ip!: string | null;
  @Column('text', { array: true, nullable: true }) tags!: string[] | null;
  @Column('text', { name: 'secret', nullable: true }) secret!: string | null;
  /** The thing that it is in. */
  @Column('uuid', { name: 'box_id', nullable: true }) boxId!: string | null;
}

/** One field of every kind; `secret` is for administrators. */
export const listThings = listOperation(
  'compute.things.list',
  Thing,
  {
    ...RESOURCE_FIELDS,
    open: 'flag',
    note: 'text',
    makerId: 'uuid',
    count: 'int',
    bytes: 'int',
    seenAt: 'time',
    ip: 'ip',
    tags: 'texts',
    secret: 'text',
  },
  { adminOnly: ['secret'] },
);

export class MakeThing {
  name!: string;
}

export const makeThing: Operation<MakeThing, Thing> = operation('compute.things.make', MakeThing, Thing);
export const renameThing: Operation<MakeThing, Thing> = operation('compute.things.rename', MakeThing, Thing);

const first = sqlMigration('Things1795390000000', [
  `CREATE TABLE things (id uuid PRIMARY KEY, name text NOT NULL CONSTRAINT things_name UNIQUE, tenant_id uuid, user_id text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT 1, state text NOT NULL, state_reason text,
    generation integer NOT NULL DEFAULT 1, observed_generation integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), open boolean NOT NULL DEFAULT false,
    note text COLLATE "und-x-icu", maker_id uuid, count integer, size bigint, seen_at timestamptz, ip inet, tags text[], secret text, box_id uuid)`,
]);

export const THINGS: SchemaDefinition = { schema: 'things', entities: [Thing], migrations: [first] };

/** What `query` of listThings means to each caller. */
export const THING_FILTER = filterOn(Thing, listThings, {
  bytes: 'size',
  ip: (alias) => `host( ${alias}.ip )`,
});

/** A row; `overrides` change its columns. */
export function thing(overrides: Partial<Thing> = {}): Thing {
  const id = randomUUID();
  const columns = { id, name: id, tenantId: null, userId: randomUUID(), state: 'ready', ...overrides };
  return Object.assign(new Thing(), columns);
}

/** What one process has of a database (`DATABASE_URL`): its pool, its intentions, its listener. */
export class Store {
  readonly definition = new DatabaseDefinition(serviceSchema(THINGS), SHARED_SCHEMAS);
  readonly readiness = new Readiness();
  readonly source: DataSource;
  readonly database: Database;
  readonly intentions: Intentions;
  readonly listener: Listener;

  constructor() {
    const entities = [this.definition.own, ...SHARED_SCHEMAS].flatMap((schema) => schema.entities);
    this.source = new DataSource(dataSourceOptions({ ...this.definition.own, entities, migrations: [] }));
    this.database = new Database(this.source, this.definition, this.readiness);
    this.intentions = new Intentions(this.database);
    this.listener = new Listener(this.database, this.definition);
    this.database.onModuleInit();
  }

  static async open(): Promise<Store> {
    const store = new Store();
    await store.database.ready();
    return store;
  }

  get em(): EntityManager {
    return this.database.manager;
  }

  async close(): Promise<void> {
    this.listener.beforeApplicationShutdown();
    await this.database.onApplicationShutdown();
    if (this.source.isInitialized) await this.source.destroy();
  }
}
