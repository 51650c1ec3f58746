/** The rows of distributions as the platform itself reads and changes them. */
import { Injectable } from '@nestjs/common';
import { serviceContext, type RequestContext } from '@nubo/contracts';
import { forgetTenant, forgetUser, Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { Not } from 'typeorm';
import { Distribution } from '../../../../libs/entities/src/cdn';

export const DISTRIBUTION = 'distribution';
/** A deletion waits for containers, a network and mappings. */
export const DELETE_MS = 300_000;

@Injectable()
export class DistributionStore {
  constructor(private readonly intentions: Intentions) {}

  /** All distributions of a tenant or of a user. */
  async deleteAllOf(whose: { tenantId: string } | { userId: string }): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const rows = await em.findBy(Distribution, { ...whose, state: Not('deleting') });
      for (const row of rows.toSorted((a, b) => a.id.localeCompare(b.id))) {
        await em.update(Distribution, { id: row.id }, { state: 'deleting', stateReason: null });
        await wake(em, DISTRIBUTION, row.id, { deadlineMs: DELETE_MS });
      }
      if ('tenantId' in whose) await forgetTenant(em, whose.tenantId);
      else await forgetUser(em, whose.userId);
    });
  }
}

const context = (): RequestContext => serviceContext('cdn', 'distributions');
