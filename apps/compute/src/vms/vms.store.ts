/** The rows of VMs as the platform itself reads and changes them. */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { serviceContext, vmDeleted } from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { Intentions, revokeGrants } from '@nubo/persistence';
import { forgetMetered, release } from '@nubo/quota';
import { wake, type Run } from '@nubo/reconcile';
import { In, Not, type EntityManager } from 'typeorm';
import {
  HappeningRow,
  HostLeftover,
  InstanceNic,
  InstanceUsage,
  Vm,
} from '../../../../libs/entities/src/compute';
import { wakeBaseFile } from '../images/base-files.store';
import { PlacementService } from '../hosts/placement.service';
import { nicsOf, noteNic, type SeenNic } from '../instances/nics.store';
import { record, recordOnce, type Happening } from '../instances/timeline.store';
import { NIC_LOST } from './vms.rules';
import type { Place } from './vms.driver';

export interface KnownVm {
  vm: Vm;
  nics: InstanceNic[];
  /** null: the host was removed from the platform. */
  host: Host | null;
}

/** A VM on a host that there is, during one run. */
export interface Task extends KnownVm {
  host: Host;
  run: Run;
  place: Place;
}

@Injectable()
export class VmStore {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
    private readonly placement: PlacementService,
  ) {}

  load(id: string): Promise<KnownVm | null> {
    return this.intentions.read(async (em) => {
      const vm = await em.findOneBy(Vm, { id });
      if (!vm) return null;
      const nics = await nicsOf(em, [id]);
      return { vm, nics: nics.get(id) ?? [], host: await this.fleet.find(vm.hostId, em) };
    });
  }

  onHost(hostId: string): Promise<Vm[]> {
    return this.intentions.read((em) => em.findBy(Vm, { hostId }));
  }

  /** Which of these ids are VMs, on whatever host. */
  async known(ids: string[]): Promise<Set<string>> {
    const rows = await this.intentions.read((em) =>
      em.find(Vm, { select: { id: true }, where: { id: In(ids) } }),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Notes what was found and what happened, unless somebody has wanted something else since the row was read. */
  async note(vm: Vm, changes: Partial<Vm>, happening?: Happening): Promise<void> {
    const keys = Object.keys(changes) as (keyof Vm)[];
    if (keys.every((key) => isDeepStrictEqual(vm[key], changes[key]))) return;
    const unchanged = { id: vm.id, generation: vm.generation, state: Not('deleting' as const) };
    await this.intentions.apply(this.context(vm.id), async ({ em }) => {
      const { affected } = await em.update(Vm, unchanged, changes);
      if (affected === 1 && happening) await record(em, vm.id, happening);
    });
    Object.assign(vm, changes);
  }

  /** Notes what happens to a VM once. */
  async noteOnce({ id }: Vm, happening: Happening): Promise<void> {
    await this.intentions.read((em) => recordOnce(em, id, happening));
  }

  async noteNic(nic: InstanceNic, seen: SeenNic): Promise<void> {
    await this.intentions.read((em) => noteNic(em, nic, seen));
  }

  /** A transition has failed for now. What is being deleted stays so and says why it takes long. */
  async noteFailure(id: string, reason: string): Promise<void> {
    const sql = `UPDATE vms SET state = CASE WHEN state = 'deleting' THEN state ELSE 'error' END, state_reason = $2
      WHERE id = $1 AND state NOT IN ('running', 'stopped')
      AND (state NOT IN ('error', 'deleting') OR state_reason IS DISTINCT FROM $2)`;
    await this.intentions.apply(this.context(id), async ({ em }) => {
      const [, changed] = await em.query<[unknown, number]>(sql, [id, reason]);
      if (changed === 1) await record(em, id, { event: 'failed', detail: reason });
    });
  }

  /** What is wrong with the libvirt of a host that answers otherwise; null: nothing. */
  async noteLibvirt(hostId: string, fault: string | null): Promise<void> {
    const sql = `UPDATE fleet.hosts SET libvirt_fault = $2 WHERE id = $1 AND (libvirt_fault IS NULL) <> ($2::text IS NULL)`;
    const [, changed] = await this.intentions.read((em) => em.query<[unknown, number]>(sql, [hostId, fault]));
    if (changed === 1) log.info({ hostId, fault }, 'the libvirt of a host has changed');
  }

  /** Wakes those of `ids` that are VMs. */
  async wake(ids: string[]): Promise<void> {
    const known = ids.length === 0 ? [] : await this.known(ids);
    await this.intentions.apply(this.context('wake'), async ({ em }) => {
      for (const id of known) await wake(em, 'vm', id);
    });
  }

  async wakeInventory(hostId: string): Promise<void> {
    await this.intentions.apply(this.context(hostId), ({ em }) => wake(em, 'host-inventory', hostId));
  }

  /** A port has gone: with its VM, or from under it, when the owner of its network took that away. */
  async loseNic(vmId: string, portId: string): Promise<void> {
    await this.intentions.apply(this.context(vmId), async ({ em }) => {
      const vm = await em.findOne(Vm, { where: { id: vmId }, lock: { mode: 'pessimistic_write' } });
      if (!vm) return;
      const nic = await em.findOneBy(InstanceNic, { instanceId: vmId, portId });
      if (nic && vm.state !== 'deleting') await forgetNic(em, vm, nic);
      await wake(em, 'vm', vmId);
    });
  }

  /** All VMs of a tenant or of a user. */
  async deleteAllOf(whose: { tenantId: string } | { userId: string }, deadlineMs: number): Promise<void> {
    const [column, id] = 'userId' in whose ? ['user_id', whose.userId] : ['tenant_id', whose.tenantId];
    await this.intentions.apply(this.context(id), async ({ em }) => {
      const sql = `UPDATE vms SET state = 'deleting', state_reason = NULL, generation = generation + 1, updated_at = now()
        WHERE ${column} = $1 AND state <> 'deleting' RETURNING id`;
      const [rows] = await em.query<[{ id: string }[], number]>(sql, [id]);
      for (const vm of rows) await wake(em, 'vm', vm.id, { deadlineMs });
    });
  }

  /** The VM's last transaction. `leftOn`: a host that could not be cleaned now. */
  async forget(vm: Vm, leftOn: string | null): Promise<void> {
    await this.intentions.apply(this.context(vm.id), async (intention) => {
      const { em } = intention;
      const { affected } = await em.delete(Vm, { id: vm.id });
      if (affected !== 1) return;
      for (const entity of [InstanceNic, InstanceUsage, HappeningRow])
        await em.delete(entity, { instanceId: vm.id });
      await forgetMetered(em, vm.id);
      await release(em, vm.id);
      await this.placement.release(em, vm.hostId, vm);
      await revokeGrants(em, vm.id);
      await wakeBaseFile(em, vm.imageId);
      if (leftOn)
        await em.upsert(HostLeftover, { hostId: leftOn, instanceId: vm.id }, ['hostId', 'instanceId']);
      await intention.emit(vmDeleted, { vmId: vm.id, tenantId: vm.tenantId });
    });
  }

  async leftovers(hostId: string): Promise<string[]> {
    const rows = await this.intentions.read((em) => em.findBy(HostLeftover, { hostId, kind: 'vm' }));
    return rows.map(({ instanceId }) => instanceId);
  }

  async forgetLeftover(hostId: string, instanceId?: string): Promise<void> {
    const which = { hostId, kind: 'vm' as const, ...(instanceId && { instanceId }) };
    await this.intentions.read((em) => em.delete(HostLeftover, which));
  }

  private context(about: string) {
    return serviceContext('compute', `vms-${about}`);
  }
}

/** The generation tells a run that knows the NIC yet that its domain is not the last one. */
async function forgetNic(em: EntityManager, vm: Vm, { portId, ip }: InstanceNic): Promise<void> {
  const changes = { redefine: true, stateReason: NIC_LOST, generation: vm.generation + 1 };
  await em.delete(InstanceNic, { instanceId: vm.id, portId });
  await em.update(Vm, { id: vm.id }, { ...changes, updatedAt: new Date() });
  await record(em, vm.id, { event: 'nic-lost', detail: ip });
}
