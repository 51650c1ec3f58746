import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  addSigningKey,
  conflict,
  notFound,
  removeSigningKey,
  type Nothing,
  type RemoveSigningKey,
  type RequestContext,
  type SigningKeyView,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { CdnKey } from '../../../../libs/entities/src/cdn';
import { changeable } from './distributions.service';
import { changed } from './distributions.store';

/** One to sign with and one that is still on its way out. */
const MOST_KEYS = 2;

/** What URLs are signed with: HMAC-SHA256. */
@Injectable()
export class SigningKeys {
  constructor(private readonly intentions: Intentions) {}

  /** The answer that is kept for repeated requests has no secret. */
  async add(ctx: RequestContext, id: string): Promise<SigningKeyView> {
    const secret = randomBytes(32).toString('base64url');
    let made = false;
    const answer = await this.intentions.write(addSigningKey, ctx, { id }, async ({ em }) => {
      const row = await changeable(em, ctx, id);
      const there = await em.countBy(CdnKey, { distributionId: id });
      if (there >= MOST_KEYS)
        throw conflict('two_keys', `${row.name} has two signing keys: remove one first.`);
      made = true;
      const key = { id: randomUUID(), secret };
      await em.insert(CdnKey, { distributionId: id, ...key });
      await changed(em, row);
      return { id: key.id, secret: null };
    });
    return { ...answer, secret: made && !ctx.dryRun ? secret : null };
  }

  remove(ctx: RequestContext, input: RemoveSigningKey): Promise<Nothing> {
    return this.intentions.write(removeSigningKey, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      const { affected } = await em.delete(CdnKey, { distributionId: row.id, id: input.keyId });
      if (affected !== 1) throw notFound('signing key', input.keyId);
      await changed(em, row);
      return {};
    });
  }
}
