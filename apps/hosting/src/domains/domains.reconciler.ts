import { Injectable, type OnModuleInit } from '@nestjs/common';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { pauseOf, ProofPace } from './domains.rules';
import { DOMAIN, DomainStore } from './domains.store';
import { Proofs } from './proofs.driver';

/** Looks for the proof of a domain, at first and from time to time, and leads visitors to who has it. */
@Injectable()
export class DomainsReconciler implements Reconciler, OnModuleInit {
  readonly kind = DOMAIN;

  constructor(
    private readonly worker: Worker,
    private readonly store: DomainStore,
    private readonly proofs: Proofs,
    private readonly pace: ProofPace,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const row = await this.store.load(id);
    if (!row) return gone();
    if (row.state === 'deleting') {
      await run.step('take the domain away', () => this.store.end(row));
      return gone();
    }
    if (row.state === 'error') return settled();
    const found = await run.step('look for its record', (signal) => this.proofs.look(row.domain, signal));
    const now = await run.step('note what was found', () => this.store.note(row, found));
    await run.step('lead visitors', () => this.store.lead(row.domain));
    if (!now) return waiting('what came meanwhile', 0);
    if (now.state === 'pending')
      return waiting(now.stateReason ?? 'its record', pauseOf(now.wantedAt, new Date(), this.pace));
    if (now.state === 'lost') return settled(Math.min(this.pace.lateMs, this.pace.againMs));
    return settled(now.state === 'active' ? this.pace.againMs : undefined);
  }

  expired(id: string, reason: string): Promise<void> {
    return this.store.giveUp(id, reason);
  }
}
