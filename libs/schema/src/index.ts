/** What a database schema consists of; below persistence, so that the shared libs can say theirs. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

type EntityClass = new (...args: never[]) => object;
export type MigrationClass = new () => MigrationInterface;

/** One schema: its name, its entities and how it came to be. */
export interface SchemaDefinition {
  schema: string;
  entities: EntityClass[];
  migrations: MigrationClass[];
}

/**
 * A migration from SQL statements. `name` ends in a 13-digit time (milliseconds), by which TypeORM orders. Unqualified
 * names mean the schema that is migrated. There is no way down: mistakes are mended by the next migration.
 */
export function sqlMigration(name: string, statements: string[]): MigrationClass {
  return class implements MigrationInterface {
    readonly name = name;

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of statements) await runner.query(statement);
    }

    async down(): Promise<void> {
      throw new Error(`${name} cannot be undone`);
    }
  };
}
