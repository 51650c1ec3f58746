import type { RequestContext } from '@nubo/contracts';

const WINDOW_MS = 60_000;

/**
 * How many refusals are recorded in a minute: of one caller, in all by this process, and how many of those of callers
 * who are not logged in. They may come from anywhere, and leave room for those who are known.
 */
export const REFUSALS_PER_MINUTE = { caller: 30, all: 600, unknown: 120 };

/** Bounds how many refusals are recorded, so that nobody floods the table by asking for what is refused. */
export class RefusalBudget {
  private readonly spent = new Map<string, number>();
  private total = 0;
  private unknown = 0;
  private since = 0;

  constructor(private readonly limits = REFUSALS_PER_MINUTE) {}

  /** Whether one more of this caller is recorded at `now`, in milliseconds. */
  take(
    { principal, address = 'nobody' }: Pick<RequestContext, 'principal' | 'address'>,
    now: number,
  ): boolean {
    if (now - this.since >= WINDOW_MS) this.begin(now);
    const caller = principal?.userId ?? address;
    const own = this.spent.get(caller) ?? 0;
    const { caller: most, all, unknown } = this.limits;
    if (own >= most || this.total >= all || (!principal && this.unknown >= unknown)) return false;
    this.spent.set(caller, own + 1);
    this.total += 1;
    this.unknown += principal ? 0 : 1;
    return true;
  }

  private begin(now: number): void {
    this.spent.clear();
    this.total = 0;
    this.unknown = 0;
    this.since = now;
  }
}
