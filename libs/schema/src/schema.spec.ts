import type { QueryRunner } from 'typeorm';
import { sqlMigration } from '.';

describe('a migration from SQL', () => {
  it('runs its statements in order under its name', async () => {
    const ran: string[] = [];
    const runner = { query: async (sql: string) => ran.push(sql) } as unknown as QueryRunner;
    const Migration = sqlMigration('Notes1795390000000', ['CREATE TABLE a', 'CREATE TABLE b']);
    const migration = new Migration();
    await migration.up(runner);
    expect(ran).toEqual(['CREATE TABLE a', 'CREATE TABLE b']);
    expect(migration.name).toBe('Notes1795390000000');
  });

  it('stops at the first statement that fails', async () => {
    const ran: string[] = [];
    const query = async (sql: string): Promise<void> => {
      ran.push(sql);
      throw new Error('syntax');
    };
    const migration = new (sqlMigration('Notes1795390000000', ['one', 'two']))();
    await expect(migration.up({ query } as unknown as QueryRunner)).rejects.toThrow('syntax');
    expect(ran).toEqual(['one']);
  });

  it('has no way back', async () => {
    const migration = new (sqlMigration('Notes1795390000000', []))();
    await expect(migration.down({} as QueryRunner)).rejects.toThrow('Notes1795390000000 cannot be undone');
  });
});
