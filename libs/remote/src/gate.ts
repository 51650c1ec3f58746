/** Lets a number of holders in at a time; the others wait in the order they came. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private holders = 0;

  constructor(private readonly places: number) {}

  /** How many hold a place. */
  get held(): number {
    return this.holders;
  }

  /** Resolves to the way to give the place back (harmless to call twice). Rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.holders < this.places) this.holders += 1;
    else await this.wait(signal);
    let left = false;
    return () => {
      if (!left) this.leave();
      left = true;
    };
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(turn), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(turn);
    });
  }

  /** The place goes to the next in line without being free in between, so nobody can jump the queue. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.holders -= 1;
  }
}
