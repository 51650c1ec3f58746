import { Injectable, type OnModuleInit } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { Project } from '../../../../libs/entities/src/hosting';
import { addRelease, PUBLICATION } from './releases.store';
import { Stocktaking } from './stock.driver';

/** A session that was not heard of for that long is taken for dead. */
export const SILENT_SECONDS = 30;
/** An upload that ends wakes us; a session that dies does not. */
const LOOK_MS = 5_000;

interface Standing {
  state: string;
  auto_publish: string;
  /** Something was written that no release was made of. */
  touched: boolean;
  touched_at: string;
  /** Milliseconds until it has been quiet for long enough. */
  left: number;
  writers: number;
}

const STANDING = `SELECT state, auto_publish, touched_at::text,
    touched_at IS NOT NULL AND touched_at IS DISTINCT FROM released_touch AS touched,
    extract(epoch FROM touched_at - now())::float8 * 1000 + quiet_seconds * 1000 AS left,
    (SELECT coalesce(sum(writers), 0)::int FROM sftp_sessions s
      WHERE s.project_id = p.id AND seen_at > now() - $2::int * interval '1 second') AS writers
  FROM projects p WHERE id = $1`;

/** Publishes a project once nothing was written to it for as long as it wants. */
@Injectable()
export class PublicationReconciler implements Reconciler, OnModuleInit {
  readonly kind = PUBLICATION;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly stock: Stocktaking,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const now = await this.standing(id);
    if (!now || now.state === 'deleting') return gone();
    if (now.auto_publish !== 'quiet' || !now.touched) return this.rest(id, null);
    if (now.writers > 0) {
      await this.note(id, 'An upload is under way.');
      return waiting('an upload to end', LOOK_MS);
    }
    if (now.left > 0) return waiting('a quiet moment', Math.ceil(now.left));
    const unfinished = await run.step('look for broken uploads', () => this.stock.firstUnfinished(id));
    if (unfinished !== undefined)
      return this.rest(id, `The upload of ${unfinished} was broken off: finish it, or remove the file.`);
    await run.step('publish', () => this.publish(id, now.touched_at));
    return settled();
  }

  private async standing(id: string): Promise<Standing | undefined> {
    const rows: Standing[] = await this.intentions.read((em) => em.query(STANDING, [id, SILENT_SECONDS]));
    return rows[0];
  }

  private async rest(id: string, publishing: string | null): Promise<Outcome> {
    await this.note(id, publishing);
    return settled();
  }

  private async note(id: string, publishing: string | null): Promise<void> {
    const sql = 'UPDATE projects SET publishing = $2 WHERE id = $1 AND publishing IS DISTINCT FROM $2';
    await this.intentions.read((em) => em.query(sql, [id, publishing]));
  }

  /** Nothing when more was written meanwhile: whoever wrote has woken us. */
  private async publish(id: string, touchedAt: string): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
      const sql = 'SELECT 1 FROM projects WHERE id = $1 AND touched_at = $2::timestamptz FOR UPDATE';
      const still: unknown[] = await em.query(sql, [id, touchedAt]);
      const row = await em.findOneBy(Project, { id });
      if (still.length === 1 && row && row.state !== 'deleting') await addRelease(em, row, 'quiet');
    });
  }
}
