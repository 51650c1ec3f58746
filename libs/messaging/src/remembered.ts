/** Answers of other services that may be a little old. */
import { LRUCache } from 'lru-cache';

export interface Remembering {
  /** For so long an answer is given as it is. */
  freshMs: number;
  /** For so long after it was got it is still given, while it is asked for anew. */
  staleMs: number;
  /** Answers that are kept at most: those that nobody has wanted for longest go. */
  most: number;
}

interface Kept<V> {
  value: V;
  at: number;
}

/**
 * Keeps answers by key. However many want one at once, it is asked for once. A refusal is kept for nobody; one that comes
 * while an old answer is given ends that when `ends` says so.
 */
export class Remembered<V> {
  private readonly kept: LRUCache<string, Kept<V>>;
  private readonly asked = new Map<string, Promise<V>>();

  constructor(
    private readonly limits: Remembering,
    private readonly ends: (error: unknown) => boolean = () => true,
    private readonly now: () => number = Date.now,
  ) {
    this.kept = new LRUCache({ max: limits.most });
  }

  /** Throws what `ask` throws. */
  get(key: string, ask: () => Promise<V>): V | Promise<V> {
    const known = this.kept.get(key);
    const age = known ? this.now() - known.at : Infinity;
    if (!known || age >= this.limits.staleMs) return this.ask(key, ask);
    if (age >= this.limits.freshMs) void this.renew(key, ask);
    return known.value;
  }

  /** Whoever wants it next asks. */
  forget(key: string): void {
    this.kept.delete(key);
  }

  private async renew(key: string, ask: () => Promise<V>): Promise<void> {
    try {
      await this.ask(key, ask);
    } catch (error) {
      if (this.ends(error)) this.forget(key);
    }
  }

  private ask(key: string, ask: () => Promise<V>): Promise<V> {
    const running = this.asked.get(key) ?? this.answer(key, ask).finally(() => this.asked.delete(key));
    this.asked.set(key, running);
    return running;
  }

  private async answer(key: string, ask: () => Promise<V>): Promise<V> {
    const value = await ask();
    this.kept.set(key, { value, at: this.now() });
    return value;
  }
}
