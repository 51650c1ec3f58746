export interface BackoffRange {
  /** The longest wait after the first failure, ms. */
  minMs: number;
  /** The longest wait after any number of failures, ms. */
  maxMs: number;
}

/** Says how long to leave a host alone: doubles with every failure, each wait drawn from the upper half of its span. */
export class Backoff {
  private failures = 0;
  private until = 0;

  constructor(
    private readonly range: BackoffRange,
    private readonly now: () => number = () => performance.now(),
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds until the next try is due; 0 when it is. */
  get remainingMs(): number {
    return Math.max(0, this.until - this.now());
  }

  failed(): void {
    const span = Math.min(this.range.maxMs, this.range.minMs * 2 ** this.failures);
    this.failures += 1;
    this.until = this.now() + span * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.failures = 0;
    this.until = 0;
  }
}
