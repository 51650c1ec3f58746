/** What mails say, and when a mail that was not taken is tried again. */

export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

export interface OutgoingMail extends MailContent {
  id: string;
  recipient: string;
}

const escaped = (line: string): string =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const COMMAND = /^(curl|\s)/;

/** One paragraph per entry; commands stay as they are typed. */
function content(subject: string, paragraphs: string[]): MailContent {
  const html = paragraphs.map((text) =>
    COMMAND.test(text) ? `<pre>${escaped(text)}</pre>` : `<p>${escaped(text)}</p>`,
  );
  return { subject, text: `${paragraphs.join('\n\n')}\n`, html: html.join('\n') };
}

const post = (url: string, body: object): string =>
  [
    `curl -X POST ${url} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');

export interface Activation {
  publicUrl: string;
  tenantId: string;
  name: string;
  /** The address was registered before and not activated. */
  again: boolean;
}

/** Carries the tenant's UUID, which is told nowhere else. */
export function activationMail({ publicUrl, tenantId, name, again }: Activation): MailContent {
  const repeated =
    'This address was registered before and not activated; the name and the password of the last registration count.';
  return content(`Activate your Nubo tenant ${name}`, [
    `Your tenant ${name} was registered at ${publicUrl}. Its UUID is:`,
    `  ${tenantId}`,
    ...(again ? [repeated] : []),
    'Activate it with this UUID and the password that you chose:',
    post(`${publicUrl}/iaas/tenants/${tenantId}/activation`, { password: 'your password' }),
    'Then log in with your e-mail and password; the answer is your token:',
    post(`${publicUrl}/iaas/sessions`, { email: 'your e-mail', password: 'your password' }),
    'If you did not register, ignore this mail: nothing happens without the UUID and the password.',
  ]);
}

/** For somebody who registers with an address that has an account. */
export function accountExistsMail(publicUrl: string): MailContent {
  return content('You have a Nubo account already', [
    `Somebody, probably you, registered a tenant at ${publicUrl} with this address.`,
    'This address has an account already; nothing was changed. Log in with its password:',
    post(`${publicUrl}/iaas/sessions`, { email: 'your e-mail', password: 'your password' }),
    'If it was not you, ignore this mail.',
  ]);
}

/** Why an SMTP server did not take a mail. `replyCode` is absent when it did not get to answer. */
export interface Refusal {
  replyCode?: number;
}

const DAY_MS = 86_400_000;
const UNREACHABLE_CAP_MS = 15_000;
const REFUSED_CAP_MS = 900_000;

/** Milliseconds until the next try: soon when no server answered, later when one refused. */
export function retryDelayMs({ replyCode }: Refusal, attempt: number): number {
  const [first, cap] = replyCode === undefined ? [250, UNREACHABLE_CAP_MS] : [5_000, REFUSED_CAP_MS];
  return Math.min(cap, first * 2 ** Math.min(attempt - 1, 12));
}

/** RFC 5321 4.2.1: 5xx is a permanent refusal. It may still be the operator's mistake, so a day is given to mend it. */
export function isHopeless({ replyCode }: Refusal, ageMs: number): boolean {
  return replyCode !== undefined && replyCode >= 500 && ageMs > DAY_MS;
}
