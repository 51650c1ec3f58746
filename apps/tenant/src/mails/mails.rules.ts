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

/** For somebody whom an owner or an administrator has given an account; `tenant` is absent for administrators. */
export function userAddedMail(publicUrl: string, tenant?: string): MailContent {
  const what = tenant === undefined ? 'administrator of Nubo' : `user of the Nubo tenant ${tenant}`;
  return content('You have a Nubo account', [
    `You were made a ${what} at ${publicUrl}, with this address.`,
    'Log in with it and the password that you were told:',
    post(`${publicUrl}/iaas/sessions`, { email: 'your e-mail', password: 'your password' }),
    'Then change the password. If you expected no such account, ignore this mail.',
  ]);
}

export interface Reset {
  publicUrl: string;
  id: string;
  code: string;
}

/** Carries the code, which is told nowhere else and kept as a hash only. */
export function passwordResetMail({ publicUrl, id, code }: Reset): MailContent {
  return content('A new password for your Nubo account', [
    `Somebody, probably you, asked at ${publicUrl} for a new password for this address.`,
    'Set it within an hour; the code works once, and ends all sessions:',
    post(`${publicUrl}/iaas/password-resets/${id}/completion`, { code, password: 'your new password' }),
    'If it was not you, ignore this mail: the old password stays.',
  ]);
}

export function passwordChangedMail(publicUrl: string): MailContent {
  return content('The password of your Nubo account was changed', [
    `A new password was set at ${publicUrl} with a code that was mailed to this address; all sessions have ended.`,
    'If it was not you, somebody else reads your mail: ask for another code, and tell an administrator.',
  ]);
}

/** To the old address and to the new one. */
export function addressChangedMail(publicUrl: string): MailContent {
  return content('The e-mail of your Nubo account was changed', [
    `The e-mail of an account at ${publicUrl} was changed from or to this address.`,
    'If nobody should have done that, tell the owner of the tenant or an administrator.',
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
