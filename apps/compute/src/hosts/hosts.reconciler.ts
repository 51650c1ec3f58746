import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hostChanged, serviceContext, type HostState } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { Database, Intentions } from '@nubo/persistence';
import {
  gone,
  isWorkedOn,
  settled,
  wake,
  waiting,
  Worker,
  type Outcome,
  type Reconciler,
  type Run,
} from '@nubo/reconcile';
import { In, type EntityManager } from 'typeorm';
import { HostLeftover, ImageCopy } from '../../../../libs/entities/src/compute';
import { HostDriver, HostFault, type Visit } from './hosts.driver';
import { capacityOf, packagesFor, type HostCapacity, type Survey } from './hosts.rules';
import { GuestProbe } from './probe.driver';

const INSTALL_MS = 600_000;
const PROBE_MS = 90_000;
const LEAVE_MS = 60_000;
const LEAVE_TRIES = 4;
/** How often a host that lacks something is looked at again. */
const RETRY_MS = 15_000;

/** They look at the host's state first, and would start again on it what is taken off it. */
const VISITORS = ['container-inventory', 'host-inventory', 'image-copy'];
const VISITORS_MS = 200;

/** They take what is left of deleted instances off a host that is to go. */
const CLEANERS = ['container-inventory', 'host-inventory'];
const CLEANING_MS = 500;
/** Since its deletion was asked for: after that the host goes with what is left on it. */
const LONGEST_CLEANING_MS = 30_000;

const UNPREPARED: HostState[] = ['enrolling', 'error'];
const NO_GUESTS = { virt: null, vcpus: 0, memoryMib: 0, diskGib: 0, stateReason: null };

type Guests = HostCapacity & Pick<Host, 'virt' | 'stateReason'>;

/** Makes an enrolled host ready for its roles, and takes a deleted one out of the fleet. */
@Injectable()
export class HostReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'host';

  constructor(
    private readonly worker: Worker,
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly driver: HostDriver,
    private readonly probe: GuestProbe,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const host = await this.database.manager.findOneBy(Host, { id });
    if (!host) return gone();
    if (host.state === 'deleting') return this.remove(host, run);
    return UNPREPARED.includes(host.state) ? this.prepare(host, run) : settled();
  }

  async expired(id: string, reason: string): Promise<void> {
    await this.fail(id, reason);
  }

  private async prepare(host: Host, run: Run): Promise<Outcome> {
    try {
      const survey = await this.outfit(host, run);
      const guests = host.roles.includes('compute') ? await this.guestsOn(host, survey, run) : NO_GUESTS;
      await this.admit(host, survey, guests);
      return settled();
    } catch (error) {
      if (!(error instanceof HostFault) || error.kind === 'unreachable') throw error;
      await this.fail(host.id, error.message);
      return waiting(error.message, RETRY_MS);
    }
  }

  private async outfit(host: Host, run: Run): Promise<Survey> {
    await run.step('reach the host', () => this.driver.pulse(host.id));
    const packages = packagesFor(host.roles);
    const install = (signal: AbortSignal) => this.driver.install(visit(host, run, signal), packages);
    const installed = await run.step('install missing packages', install, INSTALL_MS);
    if (installed.length > 0) log.info({ hostId: host.id, installed }, 'packages installed');
    return run.step('survey the host', (signal) => this.driver.survey(visit(host, run, signal)));
  }

  private async guestsOn(host: Host, survey: Survey, run: Run): Promise<Guests> {
    const boot = (signal: AbortSignal) => this.probe.whyNot(visit(host, run, signal), 'kvm');
    const why = await run.step('boot a tiny guest with KVM', boot, PROBE_MS);
    const capacity = capacityOf(survey);
    if (!why) return { ...capacity, virt: 'kvm', stateReason: null };
    return {
      ...capacity,
      virt: 'qemu',
      stateReason: `KVM does not work here (${why}): guests are emulated.`,
    };
  }

  private async admit({ id }: Host, survey: Survey, guests: Guests): Promise<void> {
    await this.intentions.apply(context(), async (intention) => {
      const { em } = intention;
      const found = { bootId: survey.bootId, underlayAddress: survey.address, lastSeenAt: () => 'now()' };
      const ready = { ...guests, ...found, state: 'ready' as const };
      const { affected } = await em.update(Host, { id, state: In(UNPREPARED) }, ready);
      if (affected !== 1) return;
      await intention.emit(hostChanged, { hostId: id, state: 'ready' });
      await wake(em, 'host-health', id);
    });
  }

  private async fail(id: string, stateReason: string): Promise<void> {
    await this.intentions.apply(context(), async (intention) => {
      const before = await lockedState(intention.em, id);
      if (before === 'deleting') await intention.em.update(Host, { id }, { stateReason });
      if (!before || !UNPREPARED.includes(before)) return;
      await intention.em.update(Host, { id }, { state: 'error', stateReason });
      if (before !== 'error') await intention.emit(hostChanged, { hostId: id, state: 'error' });
    });
  }

  /** Completes also when the host is off for good; its last visit is a courtesy. */
  private async remove(host: Host, run: Run): Promise<Outcome> {
    if (await this.hasVisitors(host.id)) return waiting('those who still look at it', VISITORS_MS);
    if (await this.isBeingCleaned(host, run))
      return waiting('what is left of deleted instances to be removed', CLEANING_MS);
    await this.leave(host, run, LEAVE_TRIES);
    await this.intentions.apply(context(), async (intention) => {
      await intention.em.delete(ImageCopy, { hostId: host.id });
      await intention.em.delete(HostLeftover, { hostId: host.id });
      await intention.em.delete(Host, { id: host.id });
      await intention.emit(hostChanged, { hostId: host.id, state: 'deleted' });
      await wake(intention.em, 'host-health', host.id);
    });
    this.driver.drop(host.id);
    return gone();
  }

  /** A host that answers and does not let go of something yet is asked again: podman clears away after a container. */
  private async leave(host: Host, run: Run, tries: number): Promise<void> {
    const leave = (signal: AbortSignal) => this.driver.leave(visit(host, run, signal), host.user);
    try {
      await run.step('take what is ours off the host', leave, LEAVE_MS);
    } catch (error) {
      run.signal.throwIfAborted();
      const answers = error instanceof HostFault && error.kind === 'unusable';
      if (answers && tries > 1) return this.leave(host, run, tries - 1);
      log.warn({ err: error, hostId: host.id }, 'the host keeps our key, and what else is ours');
    }
  }

  /** Instances that were deleted while the host was away may run there yet. One that does not answer keeps them. */
  private async isBeingCleaned({ id, updatedAt }: Host, run: Run): Promise<boolean> {
    if (!(await this.database.manager.existsBy(HostLeftover, { hostId: id }))) return false;
    const tooLong = Date.now() - updatedAt.getTime() > LONGEST_CLEANING_MS;
    if (tooLong || !(await this.replies(id, run))) {
      log.warn({ hostId: id, tooLong }, 'the host keeps what is left of deleted instances');
      return false;
    }
    await this.intentions.apply(context(), async ({ em }) => {
      for (const kind of CLEANERS) await wake(em, kind, id);
    });
    return true;
  }

  private async replies(id: string, run: Run): Promise<boolean> {
    try {
      await run.step('see whether it answers', () => this.driver.pulse(id));
      return true;
    } catch (error) {
      if (error instanceof HostFault) return false;
      throw error;
    }
  }

  private async hasVisitors(hostId: string): Promise<boolean> {
    const { manager } = this.database;
    const copies = await manager.findBy(ImageCopy, { hostId });
    return isWorkedOn(manager, VISITORS, [hostId, ...copies.map(({ id }) => id)]);
  }
}

const context = () => serviceContext('compute', randomUUID());

const visit = ({ id }: Host, { fence }: Run, signal: AbortSignal): Visit => ({ hostId: id, fence, signal });

async function lockedState(em: EntityManager, id: string): Promise<HostState | undefined> {
  const query = em.createQueryBuilder(Host, 'h').where('h.id = :id', { id });
  return (await query.setLock('pessimistic_write').getOne())?.state;
}
