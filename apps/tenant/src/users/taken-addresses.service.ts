import { Injectable } from '@nestjs/common';
import { conflict, NuboError, type RequestContext } from '@nubo/contracts';
import { Intentions, principalOf } from '@nubo/persistence';
import { AttemptsService } from '../credentials/attempts.service';
import { countedFor } from './user-names.service';

const TAKEN = 'email_taken';

/** An address belongs to one account; who asks for others' is told so only so often. */
@Injectable()
export class TakenAddresses {
  constructor(
    intentions: Intentions,
    private readonly attempts: AttemptsService,
  ) {
    const taken = (): NuboError => conflict(TAKEN, 'This e-mail has an account already.');
    intentions.explain({ users_email_key: taken });
  }

  /** Runs `write`, which may find that an address is taken. Throws `limited` after too many of these, taken or not. */
  async guard<T>(ctx: RequestContext, write: () => Promise<T>): Promise<T> {
    const counted = countedFor(principalOf(ctx));
    await this.attempts.assertAllowed(counted);
    try {
      return await write();
    } catch (error) {
      if (error instanceof NuboError && error.code === TAKEN) await this.attempts.count(ctx, counted);
      throw error;
    }
  }
}
