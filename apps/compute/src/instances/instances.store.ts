/** The rows of VMs and containers as the platform itself reads and changes them. */
import { isDeepStrictEqual } from 'node:util';
import { serviceContext, type ImageKind, type RequestContext } from '@nubo/contracts';
import { publicReason, type Fleet, type Host } from '@nubo/fleet';
import { type Intentions, revokeGrants, type Intention } from '@nubo/persistence';
import { log } from '@nubo/observability';
import { forgetMetered, release } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { In, Not, type EntityManager, type EntityTarget, type FindOptionsWhere } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import {
  HappeningRow,
  HostLeftover,
  InstanceNic,
  InstanceUsage,
  type Container,
  type Vm,
} from '../../../../libs/entities/src/compute';
import { wakeBaseFile } from '../images/base-files.store';
import { type PlacementService } from '../hosts/placement.service';
import { nicsOf } from './nics.store';
import { record, recordOnce, type Happening } from './timeline.store';

/** Which of the two it is. */
export interface InstanceNoun<R> {
  /** Also the kind of its work. */
  kind: ImageKind;
  entity: EntityTarget<R>;
  table: 'vms' | 'containers';
  /** The kind of work that looks at all of a host. */
  inventory: 'host-inventory' | 'container-inventory';
  /** The host's column that says what is wrong with what runs them there. */
  fault: 'libvirt_fault' | 'podman_fault';
}

export interface KnownInstance<R> {
  row: R;
  nics: InstanceNic[];
  /** null: the host was removed from the platform. */
  host: Host | null;
}

export abstract class InstanceStore<R extends Vm | Container> {
  protected abstract readonly noun: InstanceNoun<R>;

  constructor(
    protected readonly intentions: Intentions,
    protected readonly fleet: Fleet,
    protected readonly placement: PlacementService,
  ) {}

  find(id: string): Promise<KnownInstance<R> | null> {
    return this.intentions.read(async (em) => {
      const row = await em.findOneBy(this.noun.entity, where<R>({ id }));
      if (!row) return null;
      const nics = await nicsOf(em, [id]);
      return { row, nics: nics.get(id) ?? [], host: await this.fleet.find(row.hostId, em) };
    });
  }

  onHost(hostId: string): Promise<R[]> {
    return this.intentions.read((em) => em.findBy(this.noun.entity, where<R>({ hostId })));
  }

  /** Which of these ids are there, on whatever host. */
  async known(ids: string[]): Promise<Set<string>> {
    const rows = await this.intentions.read((em) => em.findBy(this.noun.entity, where<R>({ id: In(ids) })));
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Notes what was found and what happened, unless somebody has wanted something else since the row was read.
   * `deadlineMs`: a transition begins with it that nobody has asked for, and may take so long.
   */
  async note(row: R, changes: Partial<R>, happening?: Happening, deadlineMs?: number): Promise<void> {
    const keys = Object.keys(changes) as (keyof R)[];
    if (keys.every((key) => isDeepStrictEqual(row[key], changes[key]))) return;
    const unchanged = where<R>({ id: row.id, generation: row.generation, state: Not('deleting') });
    await this.intentions.apply(this.context(row.id), async (intention) => {
      const { em } = intention;
      const { affected } = await em.update(this.noun.entity, unchanged, changes as QueryDeepPartialEntity<R>);
      if (affected !== 1) return;
      if (happening) await record(em, row.id, happening);
      if (deadlineMs !== undefined) await wake(em, this.noun.kind, row.id, { deadlineMs });
      const { state } = changes;
      if (state !== undefined && state !== row.state) await this.tell(intention, row, state);
    });
    Object.assign(row, changes);
  }

  /** Shown while it is tried again: people wait for it meanwhile. */
  noteTrouble(row: R, host: Host, reason: string): Promise<void> {
    return this.note(row, { stateReason: publicReason(reason, [host]) } as Partial<R>);
  }

  /** Notes what happens to it once. */
  async noteOnce({ id }: R, happening: Happening): Promise<void> {
    await this.intentions.read((em) => recordOnce(em, id, happening));
  }

  /** A transition has failed for now. What is being deleted stays so and says why it takes long. */
  async noteFailure(id: string, reason: string): Promise<void> {
    const { table, entity } = this.noun;
    const sql = `UPDATE ${table} SET state = CASE WHEN state = 'deleting' THEN state ELSE 'error' END, state_reason = $2
      WHERE id = $1 AND state NOT IN ('running', 'stopped')
      AND (state NOT IN ('error', 'deleting') OR state_reason IS DISTINCT FROM $2)`;
    await this.intentions.apply(this.context(id), async (intention) => {
      const { em } = intention;
      const [, changed] = await em.query<[unknown, number]>(sql, [id, reason]);
      if (changed !== 1) return;
      await record(em, id, { event: 'failed', detail: reason });
      const row = await em.findOneByOrFail(entity, where<R>({ id }));
      if (row.state === 'error') await this.tell(intention, row, 'error');
    });
  }

  /** Wakes those of `ids` that are there. */
  async wake(ids: string[]): Promise<void> {
    const known = ids.length === 0 ? [] : await this.known(ids);
    await this.intentions.apply(this.context('wake'), async ({ em }) => {
      for (const id of known) await wake(em, this.noun.kind, id);
    });
  }

  async wakeInventory(hostId: string): Promise<void> {
    await this.intentions.apply(this.context(hostId), ({ em }) => wake(em, this.noun.inventory, hostId));
  }

  /** What is wrong with the libvirt or podman of a host that answers otherwise; null: nothing. */
  async noteFault(hostId: string, reason: string | null): Promise<void> {
    const { fault } = this.noun;
    const sql = `UPDATE fleet.hosts SET ${fault} = $2 WHERE id = $1 AND (${fault} IS NULL) <> ($2::text IS NULL)`;
    const [, changed] = await this.intentions.read((em) =>
      em.query<[unknown, number]>(sql, [hostId, reason]),
    );
    if (changed === 1) log.info({ hostId, [fault]: reason }, 'what runs instances on a host has changed');
  }

  /** A port has gone: with its instance, or from under it, when the owner of its network took that away. */
  async loseNic(id: string, portId: string): Promise<void> {
    await this.intentions.apply(this.context(id), async ({ em }) => {
      const lock = { mode: 'pessimistic_write' as const };
      const row = await em.findOne(this.noun.entity, { where: where<R>({ id }), lock });
      if (!row) return;
      const nic = await em.findOneBy(InstanceNic, { instanceId: id, portId });
      if (nic && row.state !== 'deleting') {
        await em.delete(InstanceNic, { instanceId: id, portId });
        await this.withoutNic(em, row);
        await record(em, id, { event: 'nic-lost', detail: nic.ip });
      }
      await wake(em, this.noun.kind, id);
    });
  }

  /** All of a tenant or of a user. */
  async deleteAllOf(whose: { tenantId: string } | { userId: string }, deadlineMs: number): Promise<void> {
    const [column, id] = 'userId' in whose ? ['user_id', whose.userId] : ['tenant_id', whose.tenantId];
    const { table, kind } = this.noun;
    await this.intentions.apply(this.context(id), async ({ em }) => {
      const sql = `UPDATE ${table} SET state = 'deleting', state_reason = NULL, generation = generation + 1, updated_at = now()
        WHERE ${column} = $1 AND state <> 'deleting' RETURNING id`;
      const [rows] = await em.query<[{ id: string }[], number]>(sql, [id]);
      for (const row of rows) await wake(em, kind, row.id, { deadlineMs });
    });
  }

  /** The last transaction of an instance. `leftOn`: a host that could not be cleaned now. */
  async forget(row: R, leftOn: string | null): Promise<void> {
    const { id } = row;
    await this.intentions.apply(this.context(id), async (intention) => {
      const { em } = intention;
      const { affected } = await em.delete(this.noun.entity, where<R>({ id }));
      if (affected !== 1) return;
      for (const entity of [InstanceNic, InstanceUsage, HappeningRow])
        await em.delete(entity, { instanceId: id });
      await forgetMetered(em, id);
      await release(em, id);
      await this.giveBack(em, row);
      await revokeGrants(em, id);
      await wakeBaseFile(em, row.imageId);
      const left = leftOn && { hostId: leftOn, instanceId: id, kind: this.noun.kind };
      if (left) await em.upsert(HostLeftover, left, ['hostId', 'instanceId']);
      await this.tell(intention, row, 'deleted');
    });
  }

  async leftovers(hostId: string): Promise<string[]> {
    const { kind } = this.noun;
    const rows = await this.intentions.read((em) => em.findBy(HostLeftover, { hostId, kind }));
    return rows.map(({ instanceId }) => instanceId);
  }

  async forgetLeftover(hostId: string, instanceId?: string): Promise<void> {
    const which = { hostId, kind: this.noun.kind, ...(instanceId && { instanceId }) };
    await this.intentions.read((em) => em.delete(HostLeftover, which));
  }

  /** Publishes what others have to know of a new state. */
  protected abstract tell(intention: Intention, row: R, state: R['state'] | 'deleted'): Promise<void>;
  /** Its room on its host. */
  protected abstract giveBack(em: EntityManager, row: R): Promise<void>;
  /** It has a NIC less. The generation tells a run that knows the NIC yet that there is one more to come. */
  protected abstract withoutNic(em: EntityManager, row: R): Promise<void>;

  protected context(about: string): RequestContext {
    return serviceContext('compute', `${this.noun.table}-${about}`);
  }
}

/** TypeORM cannot tell that a generic entity has these columns. */
const where = <R>(columns: object): FindOptionsWhere<R> => columns;
