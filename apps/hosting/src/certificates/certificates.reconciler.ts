import { Injectable, type OnModuleInit } from '@nestjs/common';
import { forbidden, NuboError } from '@nubo/contracts';
import { LeaseLost, settled, gone, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { Attempts } from '../credentials/attempts.service';
import { Acme } from './acme.driver';
import { Caa } from './caa.driver';
import { CertificateFiles } from './certificate-files.driver';
import { CertificatePace, pauseAfter, renewalOf, shownReason } from './certificates.rules';
import { CERTIFICATE, CertificateStore } from './certificates.store';

/** An authority looks from several places, one after the other perhaps. */
const OBTAIN_MS = 180_000;

/** Asks for the certificate of a domain that is proven, and for the next one in time. */
@Injectable()
export class CertificatesReconciler implements Reconciler, OnModuleInit {
  readonly kind = CERTIFICATE;

  constructor(
    private readonly worker: Worker,
    private readonly store: CertificateStore,
    private readonly files: CertificateFiles,
    private readonly acme: Acme,
    private readonly attempts: Attempts,
    private readonly pace: CertificatePace,
    private readonly caa: Caa,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const row = await this.store.load(id);
    if (!row) return gone();
    if (!this.acme.isKnown || row.state !== 'active') return settled();
    const known = await run.step('look at its certificate', () => this.files.validity(row.domain));
    const now = Date.now();
    if (known && now < renewalOf(known).getTime()) {
      const none = { certificateReason: null, certificateFailures: 0, certificateTryAt: null };
      const good = { certificateUntil: known.to, ...none };
      await run.step('note how long it is valid', () => this.store.note(id, good));
      return settled(Math.min(this.pace.lookMs, renewalOf(known).getTime() - now));
    }
    const rest = (row.certificateTryAt?.getTime() ?? 0) - now;
    return settled(rest > 0 ? rest : await this.ask(row, run));
  }

  /** How long to wait for the next look. */
  private async ask(row: ProjectDomain, run: Run): Promise<number> {
    const { id, domain } = row;
    const failures = row.certificateFailures + 1;
    try {
      // Who dies meanwhile has asked, too: an authority counts.
      const wait = pauseAfter(failures, '', this.pace);
      await run.step('note that it is asked for', () => this.noteTry(id, failures, wait));
      await run.step('look who may issue it', (signal) => this.mayBeIssued(domain, signal));
      await run.step('count it', () => this.count(row));
      const { chain, key } = await run.step(
        'ask for a certificate',
        () => this.acme.obtain(domain),
        OBTAIN_MS,
      );
      await run.step('put the certificate where it is served', () =>
        this.store.whileHeld(row, () => this.files.put(domain, chain, key)),
      );
      return 0;
    } catch (error) {
      if (error instanceof LeaseLost || !(error instanceof Error)) throw error;
      const reason = shownReason(error.message);
      const wait = Math.max(pauseAfter(failures, reason, this.pace), restOf(error));
      await run.step('note why there is none', () => this.noteTry(id, failures, wait, reason));
      return wait;
    }
  }

  /** Throws `forbidden`: an authority that looks itself would count the attempt. */
  private async mayBeIssued(domain: string, signal: AbortSignal): Promise<void> {
    const refusal = await this.caa.refusal(domain, await this.acme.identities(), signal);
    if (refusal) throw forbidden('caa', refusal);
  }

  /** Throws `limited`. */
  private async count(row: ProjectDomain): Promise<void> {
    const payer = await this.store.payerOf(row);
    await this.attempts.count([
      { limit: 'certificate', of: payer },
      { limit: 'authority', of: 'all' },
    ]);
  }

  private noteTry(id: string, failures: number, waitMs: number, reason?: string): Promise<void> {
    const tryAt = new Date(Date.now() + waitMs);
    const told = reason && {
      certificateReason: `There is no new certificate (${reason}); the authority is asked again at ${tryAt.toISOString()}.`,
    };
    return this.store.note(id, { certificateFailures: failures, certificateTryAt: tryAt, ...told });
  }
}

/** What a limit says, ms. */
function restOf(error: Error): number {
  const seconds = error instanceof NuboError ? error.details?.['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' ? seconds * 1_000 : 0;
}
