import { randomUUID } from 'node:crypto';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Mail } from '../../../../libs/entities/src/tenant';
import type { MailContent } from './mails.rules';

export const MAIL_KIND = 'mail';

/** To whom a mail goes, and with which tenant it is forgotten. */
export interface Addressee {
  tenantId: string | null;
  recipient: string;
}

/** Writes a mail in the transaction that makes it true; it leaves after commit. */
export async function queueMail(em: EntityManager, to: Addressee, content: MailContent): Promise<void> {
  const id = randomUUID();
  await em.insert(Mail, { id, ...to, ...content });
  await wake(em, MAIL_KIND, id);
}
