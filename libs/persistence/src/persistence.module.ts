import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { AuditEntry, AUDIT_MIGRATIONS } from '@nubo/audit';
import { QUOTA_ENTITIES, QUOTA_MIGRATIONS } from '@nubo/quota';
import { CONTROL_ENTITIES } from './control.entities';
import type { SchemaDefinition } from '@nubo/schema';
import { dataSourceOptions } from './data-source';
import { Database, DatabaseDefinition } from './database';
import { Intentions } from './intentions';
import { KeysUpkeep } from './keys-upkeep';
import { Listener } from './listener';
import { CONTROL_MIGRATIONS } from './migrations';
import { OutboxRelay } from './outbox';
import { Refusals } from './refusals';

/** Schemas that lie below all services. */
export const SHARED_SCHEMAS: SchemaDefinition[] = [
  { schema: 'quota', entities: QUOTA_ENTITIES, migrations: QUOTA_MIGRATIONS },
  { schema: 'audit', entities: [AuditEntry], migrations: AUDIT_MIGRATIONS },
];

/** A service's own schema with the control tables in it. */
export function serviceSchema(own: SchemaDefinition): SchemaDefinition {
  return {
    ...own,
    entities: [...CONTROL_ENTITIES, ...own.entities],
    migrations: [...CONTROL_MIGRATIONS, ...own.migrations],
  };
}

@Global()
@Module({})
export class PersistenceModule {
  /** The database of one service: its own schema and `extra` shared ones besides quota and audit. */
  static forService(own: SchemaDefinition, extra: SchemaDefinition[] = []): DynamicModule {
    const definition = new DatabaseDefinition(serviceSchema(own), [...SHARED_SCHEMAS, ...extra]);
    const providers = [
      { provide: DatabaseDefinition, useValue: definition },
      Database,
      Intentions,
      OutboxRelay,
      Refusals,
      Listener,
      KeysUpkeep,
    ];
    return {
      module: PersistenceModule,
      imports: [TypeOrmModule.forRootAsync({ useFactory: () => poolOptions(definition) })],
      providers,
      exports: [Database, Intentions, Listener, OutboxRelay, Refusals],
    };
  }
}

/** {@link Database} connects when Postgres is there, so that the service starts without it. */
function poolOptions({ own, shared }: DatabaseDefinition): TypeOrmModuleOptions {
  const entities = [own, ...shared].flatMap((schema) => schema.entities);
  return { ...dataSourceOptions({ ...own, entities, migrations: [] }), manualInitialization: true };
}
