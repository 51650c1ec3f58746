/** How many connections there are at a time: of one address, and of one address before anybody has logged in. */
export interface AdmissionLimits {
  readonly perAddress: number;
  readonly waitingPerAddress: number;
}

export class Admission {
  private readonly all = new Map<string, number>();
  private readonly waiting = new Map<string, number>();

  constructor(private readonly limits: AdmissionLimits) {}

  /** Undefined: too many. */
  enter(address: string): Admitted | undefined {
    const { perAddress, waitingPerAddress } = this.limits;
    if (count(this.all, address) >= perAddress || count(this.waiting, address) >= waitingPerAddress)
      return undefined;
    add(this.all, address, 1);
    add(this.waiting, address, 1);
    return new Admitted(
      () => add(this.waiting, address, -1),
      () => add(this.all, address, -1),
    );
  }
}

/** The place of one connection. */
export class Admitted {
  private loggedIn = false;
  private left = false;

  constructor(
    private readonly endWaiting: () => void,
    private readonly end: () => void,
  ) {}

  get isReady(): boolean {
    return this.loggedIn;
  }

  ready(): void {
    if (!this.loggedIn) this.endWaiting();
    this.loggedIn = true;
  }

  leave(): void {
    if (this.left) return;
    this.ready();
    this.left = true;
    this.end();
  }
}

const count = (counts: Map<string, number>, address: string): number => counts.get(address) ?? 0;

function add(counts: Map<string, number>, address: string, change: 1 | -1): void {
  const now = count(counts, address) + change;
  if (now > 0) counts.set(address, now);
  else counts.delete(address);
}
