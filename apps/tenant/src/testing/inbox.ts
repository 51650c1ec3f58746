/** An SMTP server that keeps what it takes; it may refuse, and be away. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Received {
  to: string[];
  subject: string;
  text: string;
  messageId: string;
}

export class Inbox {
  readonly mails: Received[] = [];
  /** How often somebody tried. */
  tries = 0;
  /** With which reply the next mails are refused. */
  refusal?: { code: number; text: string };
  private server?: SMTPServer;
  private port = 0;

  /** On the same port as the last time, if there was one. */
  async open(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      onData: (stream, session, taken) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => taken(this.take(Buffer.concat(chunks).toString(), session.envelope.rcptTo)));
      },
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', () => resolve()));
    this.server = server;
    this.port = (server.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  of(email: string): Received[] {
    return this.mails.filter(({ to }) => to.some((one) => one.toLowerCase() === email.toLowerCase()));
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
    this.server = undefined;
  }

  private take(raw: string, to: { address: string }[]): Error | null {
    this.tries += 1;
    if (this.refusal) return Object.assign(new Error(this.refusal.text), { responseCode: this.refusal.code });
    this.mails.push({ to: to.map(({ address }) => address), ...parsed(raw) });
    return null;
  }
}

/** The parts that tests look at. Quoted-printable is RFC 2045 6.7. */
function parsed(raw: string): Omit<Received, 'to'> {
  const headerOf = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(raw)?.[1].trim() ?? '';
  const [, plain = ''] = /text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(raw) ?? [];
  const text = plain
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return { subject: headerOf('Subject'), text, messageId: headerOf('Message-ID') };
}
