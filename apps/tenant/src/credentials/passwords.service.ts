import { Injectable } from '@nestjs/common';
import type { RequestContext } from '@nubo/contracts';
import { hash, verify, type Options } from '@node-rs/argon2';
import { AttemptsService } from './attempts.service';
import type { Counted } from './attempts.rules';

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, 2 passes, 1 lane. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

@Injectable()
export class PasswordsService {
  /** Stands in for the hash of an account that does not exist, so that both take the same time. */
  private readonly nobody = hash('nobody', COST);

  constructor(private readonly attempts: AttemptsService) {}

  /** Before a password is set by who is logged in or has a code. Throws `limited` when that is one too many. */
  async admit(ctx: RequestContext, counted: Counted[]): Promise<void> {
    if (counted.length > 0) await this.attempts.count(ctx, counted);
  }

  hash(password: string): Promise<string> {
    return hash(password, COST);
  }

  /** Whether `password` belongs to `passwordHash`; not counted. */
  matches(passwordHash: string, password: string): Promise<boolean> {
    return verify(passwordHash, password);
  }

  /**
   * The same, where guessing must not pay: failures are counted, and past a limit nothing is told any more (`limited`).
   * An absent hash is never right. A right password clears the first of `counted`.
   */
  async check(
    ctx: RequestContext,
    counted: Counted[],
    [passwordHash, password]: [string | undefined, string],
  ): Promise<boolean> {
    await this.attempts.assertAllowed(counted);
    await this.attempts.slowDown(counted);
    const matches = await verify(passwordHash ?? (await this.nobody), password);
    const right = matches && passwordHash !== undefined;
    await (right ? this.attempts.clearFirst(ctx, counted) : this.attempts.count(ctx, counted));
    return right;
  }
}
