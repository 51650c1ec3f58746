import { conflict } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import { REST_HOURS } from './names.rules';

/**
 * Gives `name` to a project, in the transaction that makes it. Of many who want it at once one gets it, the others wait
 * for that transaction. Throws `conflict`: taken, or still resting.
 */
export async function takeName(em: EntityManager, name: string, projectId: string): Promise<void> {
  const sql = `INSERT INTO project_names AS n (name, project_id) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET project_id = excluded.project_id, free_at = NULL
      WHERE n.project_id IS NULL AND n.free_at <= now() RETURNING name`;
  const taken: unknown[] = await em.query(sql, [name, projectId]);
  if (taken.length === 1) return;
  const read = 'SELECT free_at FROM project_names WHERE name = $1';
  const [row]: { free_at: Date | null }[] = await em.query(read, [name]);
  if (!row?.free_at) throw conflict('name_taken', `There is a project ${name} already: choose another name.`);
  const freeAt = row.free_at.toISOString();
  throw conflict('name_resting', `The project ${name} is gone only lately; its name is free at ${freeAt}.`, {
    freeAt,
  });
}

/** In the project's last transaction. */
export async function restName(em: EntityManager, projectId: string): Promise<void> {
  const sql = `UPDATE project_names SET project_id = NULL, free_at = now() + $2::int * interval '1 hour'
    WHERE project_id = $1`;
  await em.query(sql, [projectId, REST_HOURS]);
}
