/** MailDev: a real SMTP server that keeps every mail and shows it in a web inbox. */
import { join } from 'node:path';
import { type ProcessSpec } from './child';
import { ownFolder, type Owner, projectRoot } from './files';
import { greeting } from './ports';
import { notHealthy } from './health';
import { startServer, type Server } from './server';

export interface MailOptions {
  /** Keeps the mails across restarts. */
  readonly dir: string;
  readonly smtpPort: number;
  readonly inboxPort: number;
  /** Default `<dir>.log`. */
  readonly log?: string;
  /** Default ours. */
  readonly user?: Owner;
}

export interface PreparedMail {
  readonly spec: ProcessSpec;
  readonly smtpUrl: string;
  readonly inboxUrl: string;
}

export interface CaughtMail {
  readonly id: string;
  readonly subject: string;
  readonly to: readonly { readonly address: string }[];
  readonly text?: string;
  readonly html?: string;
}

/** `url` of the server is the one for SMTP. */
export async function startMail(options: MailOptions): Promise<Server & { inboxUrl: string }> {
  const { spec, smtpUrl, inboxUrl } = prepareMail(options);
  return { ...(await startServer(spec, smtpUrl)), inboxUrl };
}

export function prepareMail({ dir, smtpPort, inboxPort, log, user }: MailOptions): PreparedMail {
  const inboxUrl = `http://127.0.0.1:${inboxPort}`;
  const smtp = ['--smtp', String(smtpPort), '--ip', '127.0.0.1'];
  const web = ['--web', String(inboxPort), '--web-ip', '127.0.0.1'];
  return {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    inboxUrl,
    spec: {
      name: 'mail',
      command: process.execPath,
      args: [maildev(), ...smtp, ...web, '--mail-directory', dir, '--max-emails', '1000'],
      cwd: dir,
      log: log ?? `${dir}.log`,
      user,
      prepare: async () => ownFolder(dir, user),
      notReady: async () => notServing(smtpPort, inboxUrl),
    },
  };
}

/** The mails that were sent to one address, oldest first (MailDev 3: GET /api/email). */
export async function caughtMails(inboxUrl: string, to: string): Promise<CaughtMail[]> {
  const response = await fetch(`${inboxUrl}/api/email`, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${inboxUrl}: ${response.status}`);
  const mails = (await response.json()) as CaughtMail[];
  return mails.filter((mail) => mail.to.some(({ address }) => address.toLowerCase() === to.toLowerCase()));
}

async function notServing(smtpPort: number, inboxUrl: string): Promise<string | undefined> {
  if (!(await greeting(smtpPort))?.startsWith('220')) return `no SMTP greeting on port ${smtpPort}`;
  return notHealthy(`${inboxUrl}/api/email`);
}

/** The package exports no path to its program. */
function maildev(): string {
  return join(projectRoot(), 'node_modules/maildev/dist/bin/maildev.js');
}
