import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hostChanged, serviceContext, type HostState } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Database, Intentions } from '@nubo/persistence';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { HostDriver, HostFault } from './hosts.driver';
import { stateInSilence } from './hosts.rules';

const BEAT_MS = 5_000;
const SILENT_BEAT_MS = 2_000;
const JITTER = 0.2;

const ALIVE: HostState[] = ['ready', 'suspect', 'down'];

/** Between two looks at a host; not the same for all, so that they spread. */
const beat = (ms: number): number => ms * (1 - JITTER / 2 + Math.random() * JITTER);

/** Takes the pulse of each host: one look every five seconds, whichever replica holds the lease. */
@Injectable()
export class HealthReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'host-health';

  constructor(
    private readonly worker: Worker,
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly driver: HostDriver,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const host = await this.database.manager.findOneBy(Host, { id });
    if (!host) return gone();
    if (!ALIVE.includes(host.state)) return settled();
    try {
      const bootId = await run.step('take the pulse', () => this.driver.pulse(id));
      await this.answered(host, bootId);
      return settled(beat(BEAT_MS));
    } catch (error) {
      if (!(error instanceof HostFault)) throw error;
      return this.silent(host, error, run.attempt);
    }
  }

  private async answered(host: Host, bootId: string): Promise<void> {
    if (host.state === 'ready' && host.bootId === bootId) {
      await this.database.manager.update(Host, { id: host.id }, { lastSeenAt: () => 'now()' });
      return;
    }
    await this.change(host, { state: 'ready', stateReason: null, bootId, lastSeenAt: () => 'now()' });
  }

  private async silent(host: Host, fault: HostFault, tries: number): Promise<Outcome> {
    if (fault.kind === 'key_changed') {
      await this.change(host, { state: 'error', stateReason: keyChanged(fault) });
      return settled();
    }
    const seen = host.lastSeenAt?.getTime() ?? 0;
    const state = stateInSilence(Date.now() - seen, tries);
    const worse = ALIVE.indexOf(state) > ALIVE.indexOf(host.state);
    if (worse) await this.change(host, { state, stateReason: `Does not answer: ${fault.message}` });
    return waiting(fault.message, beat(SILENT_BEAT_MS));
  }

  /** Only when nobody else has changed the host since it was read. */
  private async change(host: Host, to: Change): Promise<void> {
    await this.intentions.apply(serviceContext('compute', randomUUID()), async (intention) => {
      const { affected } = await intention.em.update(Host, { id: host.id, state: host.state }, to);
      if (affected !== 1 || to.state === 'suspect') return;
      await intention.emit(hostChanged, { hostId: host.id, state: to.state });
    });
  }
}

interface Change {
  state: HostState;
  stateReason: string | null;
  bootId?: string;
  lastSeenAt?: () => string;
}

const keyChanged = (fault: HostFault): string =>
  `${fault.message}. Nothing is sent to it. If it was installed anew, delete it here and enrol it again; if not, find out who answers at its address.`;
