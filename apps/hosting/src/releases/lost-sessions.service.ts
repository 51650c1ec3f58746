import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { In } from 'typeorm';
import { Project, SftpSession } from '../../../../libs/entities/src/hosting';
import { SILENT_SECONDS } from './publication.reconciler';
import { PUBLICATION } from './releases.store';
import { Stocktaking } from './stock.driver';

/** What a session did that long before it was last heard of was told, ms. */
const TOLD_MS = 15_000;

interface Lost {
  project_id: string;
  ids: string[];
  /** When the one of them that was silent first was last heard of. */
  seen_at: Date;
}

const LOST = `SELECT project_id, array_agg(id) AS ids, min(seen_at) AS seen_at FROM sftp_sessions
  WHERE NOT lost AND seen_at < now() - $1::int * interval '1 second' GROUP BY project_id`;

/** Sessions that did not end but fell silent: the SFTP server has died, and did not tell what was written last. */
@Injectable()
export class LostSessions {
  constructor(
    private readonly intentions: Intentions,
    private readonly stock: Stocktaking,
  ) {}

  /** Takes what they wrote for told. Safe to repeat. */
  async look(): Promise<void> {
    const lost = await this.intentions.read((em) => em.query<Lost[]>(LOST, [SILENT_SECONDS]));
    for (const one of lost) await this.note(one);
  }

  /** A project that nobody wrote to stays as it is: its owner may have gone back to an earlier release. */
  private async note({ project_id: id, ids, seen_at }: Lost): Promise<void> {
    const isChanged = await this.stock.changedSince(id, seen_at.getTime() - TOLD_MS);
    await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
      await em.update(SftpSession, { id: In(ids) }, { lost: true });
      if (!isChanged) return;
      await em.update(Project, { id }, { touchedAt: () => 'now()' });
      await wake(em, PUBLICATION, id);
    });
  }
}
