import { Injectable } from '@nestjs/common';
import { hash, verify, type Options } from '@node-rs/argon2';
import type { RequestContext } from '@nubo/contracts';
import { principalOf } from '@nubo/persistence';
import { Attempts } from './attempts.service';
import type { Counted } from './attempts.rules';
import { newPassword } from './credentials.rules';

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, 2 passes, 1 lane. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface MadePassword {
  password: string;
  passwordHash: string;
}

@Injectable()
export class Passwords {
  /** Stands in for the hash of a login that does not exist, so that both take the same time. */
  private readonly nobody = hash('nobody', COST);

  constructor(private readonly attempts: Attempts) {}

  /** A new one for the caller. Throws `limited` when that is one too many. */
  async make(ctx: RequestContext): Promise<MadePassword> {
    await this.attempts.count([{ limit: 'password', of: principalOf(ctx).userId }]);
    const password = newPassword();
    return { password, passwordHash: await hash(password, COST) };
  }

  /** Failures are counted, and past a limit nothing is told any more (`limited`). An absent hash is never right. */
  async check(counted: Counted[], passwordHash: string | undefined, password: string): Promise<boolean> {
    await this.attempts.assertAllowed(counted);
    const matches = await verify(passwordHash ?? (await this.nobody), password);
    const right = matches && passwordHash !== undefined;
    await (right ? this.attempts.clearFirst(counted) : this.attempts.count(counted));
    return right;
  }
}
