import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { MailRequest, MailRequested, Operation, RequestContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';
import { countedAddress } from '../credentials/attempts.rules';
import { AttemptsService, countIfAllowed } from '../credentials/attempts.service';
import { emailKeyOf } from '../sessions/sessions.rules';

/** Longer than it takes to write a mail: nobody is answered before, so that the time does not tell whether one was written. */
export const MAIL_ANSWER_MS = 300;

interface Asked {
  op: Operation<MailRequest, MailRequested>;
  input: MailRequest;
  /** Of the accounts that such a mail is for. */
  state: User['state'];
}

/** What anybody may ask to be mailed to an address: the answer and its time tell nothing of the address. */
@Injectable()
export class MailRequests {
  constructor(
    private readonly intentions: Intentions,
    private readonly attempts: AttemptsService,
  ) {}

  /**
   * Runs `work`, which writes a mail, if the address has such an account and did not get too many. What writes no mail
   * counts for nothing: else anybody could keep the first mail from an address. Throws `limited` to a client that
   * asks too often.
   */
  async answer(
    ctx: RequestContext,
    asked: Asked,
    work: (em: EntityManager, user: User) => Promise<void>,
  ): Promise<MailRequested> {
    if (ctx.address) await this.attempts.count(ctx, [{ limit: 'mailing', of: countedAddress(ctx.address) }]);
    const [answer] = await Promise.all([this.accept(ctx, asked, work), pause(MAIL_ANSWER_MS)]);
    return answer;
  }

  private accept(
    ctx: RequestContext,
    { op, input, state }: Asked,
    work: (em: EntityManager, user: User) => Promise<void>,
  ): Promise<MailRequested> {
    return this.intentions.write(op, ctx, input, async ({ em }) => {
      const emailKey = emailKeyOf(input.email);
      const user = await em.findOneBy(User, { emailKey, state });
      if (user && (await countIfAllowed(em, { limit: 'mail', of: emailKey }))) await work(em, user);
      return {
        email: input.email,
        state: 'accepted',
        message: 'If this address is the right one, a mail to it says how it goes on.',
      };
    });
  }
}
