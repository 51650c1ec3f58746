/**
 * Puts messages off to the end of a turn of the event loop. nats.js (2.29) writes what one piece of code sends in one system
 * call, and as many calls as there were pieces otherwise; under load that is a large part of all that a service does.
 */
export class Turn {
  private waiting: (() => void)[] = [];

  /** `send` may not throw. */
  putOff(send: () => void): void {
    if (this.waiting.push(send) === 1) setImmediate(() => this.end());
  }

  /** Sends now what waits. */
  end(): void {
    const sends = this.waiting;
    this.waiting = [];
    sends.forEach((send) => send());
  }
}
