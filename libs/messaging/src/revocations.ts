import { REVOCATION_BUCKET, unavailable, type Revocation } from '@nubo/contracts';
import { JSONCodec, type KV } from 'nats';
import type { BusConnection } from './connection';

const codec = JSONCodec<Revocation>();

/** Longer than any token lives (12 h): what was revoked before has expired by itself. */
const TTL_MS = 13 * 3_600_000;

/** Publishes epochs (tenant) or keeps a live copy of them (gateway). */
export class Revocations {
  private readonly epochs = new Map<string, number>();
  private loaded = false;

  constructor(private readonly connection: BusConnection) {}

  /** Tokens of `userId` with an epoch below `epoch` are refused from now on. Safe to repeat. */
  async revoke(userId: string, epoch: number): Promise<void> {
    await (await this.bucket()).put(userId, codec.encode({ epoch }));
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
