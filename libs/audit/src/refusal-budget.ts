const WINDOW_MS = 60_000;

/** How many refusals are recorded in a minute: of one caller, and in all by this process. */
export const REFUSALS_PER_MINUTE = { caller: 30, all: 600 };

/** Bounds how many refusals are recorded, so that nobody floods the table by asking for what is refused. */
export class RefusalBudget {
  private readonly spent = new Map<string, number>();
  private total = 0;
  private since = 0;

  constructor(private readonly limits = REFUSALS_PER_MINUTE) {}

  /** Whether one more of `caller` is recorded at `now`, in milliseconds. */
  take(caller: string, now: number): boolean {
    if (now - this.since >= WINDOW_MS) this.begin(now);
    const own = this.spent.get(caller) ?? 0;
    if (own >= this.limits.caller || this.total >= this.limits.all) return false;
    this.spent.set(caller, own + 1);
    this.total += 1;
    return true;
  }

  private begin(now: number): void {
    this.spent.clear();
    this.total = 0;
    this.since = now;
  }
}
