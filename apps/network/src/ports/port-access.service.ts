import { Injectable } from '@nestjs/common';
import { sharePorts, type PortsShared, type RequestContext, type SharePorts } from '@nubo/contracts';
import { GrantRow, Intentions, revokeGrants } from '@nubo/persistence';
import { Port } from '../../../../libs/entities/src/network';

/** Who has access to an instance has the same access to its ports. */
@Injectable()
export class PortAccess {
  constructor(private readonly intentions: Intentions) {}

  /** All who have access from now on; nobody else has. */
  share(ctx: RequestContext, input: SharePorts): Promise<PortsShared> {
    const { instanceId, grants } = input;
    return this.intentions.write(sharePorts, ctx, input, async ({ em }) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const ports = await em.find(Port, { where: { instanceId }, order: { id: 'ASC' }, lock });
      for (const { id: resourceId } of ports) {
        await revokeGrants(em, resourceId);
        const rows = grants.map((given) => ({ resourceId, ...given }));
        if (rows.length > 0) await em.insert(GrantRow, rows);
      }
      return { ports: ports.length };
    });
  }
}
