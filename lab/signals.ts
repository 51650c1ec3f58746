// What a terminal or a supervisor asks of "lab": passed on to the program that runs, never a reason to leave a lab behind.
import { signalCode } from './command';

const GRACE_MS = 20_000;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export type Receiver = (signal: NodeJS.Signals) => void;

/**
 * Takes INT, TERM and HUP from now on until the process ends. A signal goes to the present receiver; 20 s after the first
 * one, or at the second, the receiver gets KILL.
 */
export class Signals {
  private receiver?: Receiver;
  private first?: NodeJS.Signals;
  private timer?: NodeJS.Timeout;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, () => this.take(signal));
  }

  /** The exit code that the first signal asks for, or undefined when there was none. */
  get code(): number | undefined {
    return this.first && signalCode(this.first);
  }

  /** Passes signals on to `receiver` until `work` is done. A signal that came before is passed on at once. */
  async during<T>(receiver: Receiver, work: Promise<T>): Promise<T> {
    this.receiver = receiver;
    if (this.first) this.pass(this.first);
    try {
      return await work;
    } finally {
      this.receiver = undefined;
      clearTimeout(this.timer);
    }
  }

  private take(signal: NodeJS.Signals): void {
    const again = this.first !== undefined;
    this.first ??= signal;
    if (again) this.receiver?.('SIGKILL');
    else this.pass(signal);
  }

  private pass(signal: NodeJS.Signals): void {
    this.receiver?.(signal);
    const receiver = this.receiver;
    this.timer = setTimeout(() => receiver?.('SIGKILL'), GRACE_MS);
    this.timer.unref();
  }
}
