import { REVOCATION_BUCKET, unavailable, type Revocation } from '@nubo/contracts';
import { JSONCodec, NatsError, type KV } from 'nats';
import type { BusConnection } from './connection';

const codec = JSONCodec<Revocation>();

/** Longer than any token lives (12 h): what was revoked before has expired by itself. */
const TTL_MS = 13 * 3_600_000;

const TRIES = 10;

/** Publishes epochs (tenant) or keeps a live copy of them (gateway). */
export class Revocations {
  private readonly epochs = new Map<string, number>();
  private loaded = false;

  constructor(private readonly connection: BusConnection) {}

  /**
   * Tokens of `userId` with an epoch below `epoch` are refused from now on. Safe to repeat, also late: what was revoked
   * up to a higher epoch stays revoked. Throws `unavailable` when others write all the time.
   */
  async revoke(userId: string, epoch: number): Promise<void> {
    const kv = await this.bucket();
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const kept = await kv.get(userId);
      if (kept?.operation === 'PUT' && codec.decode(kept.value).epoch >= epoch) return;
      if (await replaced(kv, userId, { epoch, revision: kept?.revision ?? 0 })) return;
    }
    throw unavailable('revocation_contended', `The sessions of ${userId} are being ended by others, too.`);
  }

  /** Starts to follow the bucket, again after every reconnect. */
  watch(): void {
    this.connection.whenUp(() => this.follow());
  }

  /**
   * Whether a token of `epoch` was revoked. Throws `unavailable` until the list was loaded once: nobody gets in on
   * an unknown list.
   */
  isRevoked(userId: string, epoch: number): boolean {
    if (!this.loaded)
      throw unavailable('sessions_not_loaded', 'Sessions cannot be checked yet; try again shortly.');
    return epoch < (this.epochs.get(userId) ?? 0);
  }

  private async bucket(): Promise<KV> {
    return this.connection.get().jetstream().views.kv(REVOCATION_BUCKET, { history: 1, ttl: TTL_MS });
  }

  private async follow(): Promise<void> {
    const kv = await this.bucket();
    const watch = await kv.watch({ initializedFn: () => (this.loaded = true) });
    for await (const entry of watch) {
      if (entry.operation === 'PUT') this.epochs.set(entry.key, codec.decode(entry.value).epoch);
    }
  }
}

/** nats-server 2.9: the subject's last sequence is not the expected one. */
const WRONG_SEQUENCE = 10071;

/** False when somebody else has written since `revision`; 0: nothing is there. */
async function replaced(
  kv: KV,
  userId: string,
  { epoch, revision }: { epoch: number; revision: number },
): Promise<boolean> {
  try {
    await kv.put(userId, codec.encode({ epoch }), { previousSeq: revision });
    return true;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === WRONG_SEQUENCE) return false;
    throw error;
  }
}
