import { Injectable, type OnModuleInit } from '@nestjs/common';
import { notFound } from '@nubo/contracts';
import { assertUnmanaged, GrantRow, Intentions, rowsOf, type ResourceEntity } from '@nubo/persistence';
import { gone, waiting, wake, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { ShareChange, SharedNoun } from '@nubo/shares';
import type { EntityManager } from 'typeorm';
import { Container, Vm } from '../../../../libs/entities/src/compute';
import { nicsOf } from './nics.store';
import { Ports } from './ports.driver';
import { record } from './timeline.store';

const INSTANCE_ACCESS = 'instance-access';
const NICS_RECHECK_MS = 2_000;

/** Who has access to an instance has changed: its NICs hear of it. Throws `managed` where a service keeps it. */
export function accessChanged<R extends ResourceEntity & Pick<Vm | Container, 'managedBy'>>({
  noun,
  entity,
}: Pick<SharedNoun<R>, 'noun' | 'entity'>) {
  return async (em: EntityManager, id: string, { userId, level, by }: ShareChange): Promise<void> => {
    const [row] = await rowsOf(em, entity, 'id = $1', [id]);
    if (!row) throw notFound(noun, id);
    assertUnmanaged(row, noun);
    const shared = { event: 'shared' as const, detail: `with ${userId}, to ${level}`, by };
    await record(em, id, level ? shared : { event: 'unshared', detail: `with ${userId}`, by });
    await wake(em, INSTANCE_ACCESS, id);
  };
}

/**
 * Lets the NICs of an instance be open to those to whom the instance is; they are another service's. There only while
 * it is wanted.
 */
@Injectable()
export class InstanceAccess implements Reconciler, OnModuleInit {
  readonly kind = INSTANCE_ACCESS;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly ports: Ports,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const { instance, nics, grants } = await this.intentions.read(async (em) => ({
      instance: (await em.findOneBy(Vm, { id })) ?? (await em.findOneBy(Container, { id })),
      nics: (await nicsOf(em, [id])).get(id) ?? [],
      grants: await em.findBy(GrantRow, { resourceId: id }),
    }));
    if (!instance || instance.state === 'deleting') return gone();
    const told = await run.step('tell its NICs', () => this.ports.share(instance, grants));
    return told < nics.length ? waiting('its NICs to be made', NICS_RECHECK_MS) : gone();
  }
}
