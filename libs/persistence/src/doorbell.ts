/** Lets a loop sleep until somebody rings or the time is over; a ring while nobody waits is kept. */
export class Doorbell {
  private rung = false;
  private answer: () => void = () => undefined;

  ring(): void {
    this.rung = true;
    this.answer();
  }

  /** Resolves at a ring, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.answer = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.rung = false;
    this.answer = () => undefined;
  }
}
