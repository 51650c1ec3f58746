import { Id, OneOf, Text } from '../wire/fields';
import { operation } from '../wire/operation';
import { Nothing } from '../wire/resource';
import { PASSWORD } from './users.contract';

/** Names an address whose owner is to get a mail. */
export class MailRequest {
  @Text({ min: 1, max: 254, example: 'ada@blue.example' }) email!: string;
}

/** The same for every address: who has an account is told by mail only. */
export class MailRequested {
  @Text({ max: 254 }) email!: string;
  @OneOf(['accepted']) state!: 'accepted';
  @Text() message!: string;
}

export class CompletePasswordReset {
  @Id({ description: 'From the mail.' }) resetId!: string;
  @Text({ min: 1, max: 100, description: 'The code from the mail: once, within an hour.' }) code!: string;
  @Text(PASSWORD) password!: string;
}

export const requestPasswordReset = operation('tenant.passwordResets.request', MailRequest, MailRequested, {
  permission: 'anyone',
});
/** Ends all sessions of the user. */
export const completePasswordReset = operation(
  'tenant.passwordResets.complete',
  CompletePasswordReset,
  Nothing,
  { permission: 'anyone' },
);
