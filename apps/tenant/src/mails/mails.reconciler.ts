import { Injectable, type OnModuleInit } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { Intentions } from '@nubo/persistence';
import { gone, LeaseLost, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { Counter } from 'prom-client';
import { Mail } from '../../../../libs/entities/src/tenant';
import { MailDriver } from './mails.driver';
import { isHopeless, retryDelayMs, type Refusal } from './mails.rules';
import { MAIL_KIND } from './mails.service';

const mailsTotal = new Counter({
  name: 'nubo_mails_total',
  help: 'Mails by what came of a try to send them',
  labelNames: ['result'],
});

/** Sends a mail until a server has taken it; the row goes then. */
@Injectable()
export class MailsReconciler implements Reconciler, OnModuleInit {
  readonly kind = MAIL_KIND;
  /** Taken by a server, while the row could not be removed yet. */
  private readonly taken = new Set<string>();

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly driver: MailDriver,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const mail = await this.intentions.read((em) => em.findOneBy(Mail, { id }));
    if (!mail) return gone();
    try {
      await run.step('ensure that the mail is sent', () => this.ensureSent(mail));
    } catch (error) {
      if (error instanceof LeaseLost || !isHopeless(refusalOf(error), ageOf(mail))) return retry(error, run);
      mailsTotal.inc({ result: 'dropped' });
      log.error({ ...refusalOf(error), mailId: id }, 'mail was refused for a day and is dropped');
    }
    await run.step('ensure that the mail is forgotten', () => this.forget(id));
    return gone();
  }

  private async ensureSent(mail: Mail): Promise<void> {
    if (this.taken.has(mail.id)) return;
    await this.driver.send(mail);
    this.taken.add(mail.id);
    mailsTotal.inc({ result: 'sent' });
  }

  private async forget(id: string): Promise<void> {
    await this.intentions.apply(serviceContext('tenant', id), ({ em }) => em.delete(Mail, { id }));
    this.taken.delete(id);
  }
}

const ageOf = (mail: Mail): number => Date.now() - mail.createdAt.getTime();

/** nodemailer puts the server's reply code on its errors. */
function refusalOf(error: unknown): Refusal {
  const code = (error as { responseCode?: unknown } | null)?.responseCode;
  return typeof code === 'number' ? { replyCode: code } : {};
}

function retry(error: unknown, run: Run): Outcome {
  if (error instanceof LeaseLost) throw error;
  const { replyCode } = refusalOf(error);
  mailsTotal.inc({ result: 'failed' });
  log.warn(
    { replyCode, code: (error as { code?: string }).code, attempt: run.attempt },
    'mail not sent, trying again',
  );
  const server =
    replyCode === undefined ? 'an SMTP server that answers' : `the SMTP server, which said ${replyCode}`;
  return waiting(server, retryDelayMs({ replyCode }, run.attempt));
}
