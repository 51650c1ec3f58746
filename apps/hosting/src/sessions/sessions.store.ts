import type { EntityManager } from 'typeorm';

/** The sessions of a project end: those that a key has opened, or all with the password, or all. */
export async function endSessions(
  em: EntityManager,
  projectId: string,
  openedBy?: { keyId: string } | 'password',
): Promise<void> {
  const sql = `DELETE FROM sftp_sessions WHERE project_id = $1 AND ($2::text IS NULL OR coalesce(key_id::text, 'password') = $2)`;
  const by = typeof openedBy === 'object' ? openedBy.keyId : (openedBy ?? null);
  await em.query(sql, [projectId, by]);
}
