import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { TenantConfig } from '../tenant.config';
import type { OutgoingMail } from './mails.rules';

/** Takes mails away. */
export abstract class MailDriver {
  /** Resolves when the mail was taken. Throws what the server said, with its `responseCode` if it said something. */
  abstract send(mail: OutgoingMail): Promise<void>;
}

const CONNECT_MS = 5_000;
const SILENCE_MS = 15_000;

/** SMTP through nodemailer. */
@Injectable()
export class SmtpDriver extends MailDriver implements OnApplicationShutdown {
  private readonly transport: Transporter;

  constructor(private readonly config: TenantConfig) {
    super();
    const timeouts = {
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
    };
    this.transport = createTransport({ url: config.smtpUrl, ...timeouts });
  }

  /** The Message-ID is the mail's own, so that one that is sent again after a crash can be told from a new one. */
  async send({ id, recipient, subject, text, html }: OutgoingMail): Promise<void> {
    const from = this.config.mailFrom;
    const messageId = `<${id}@${from.replace(/^.*@|>.*$/g, '') || 'nubo'}>`;
    await this.transport.sendMail({
      from,
      to: { name: '', address: recipient },
      subject,
      text,
      html,
      messageId,
    });
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }
}
