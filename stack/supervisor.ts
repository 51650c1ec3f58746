/** Runs processes, brings back those that die, and ends all of them in reverse order. */
import { type ProcessSpec } from './child';
import { Ledger } from './ledger';
import { boundLog, LOG_BOUNDS, type LogBounds } from './logs';
import { SupervisedProcess } from './supervised';

export interface SupervisorOptions {
  /** Folder for the pids of what runs. */
  readonly dir: string;
  readonly onProgress?: (line: string) => void;
  /** Per process, until it is ready. Default 60 s. */
  readonly readyTimeoutMs?: number;
  /** Of the log of each process. */
  readonly logs?: LogBounds;
}

const HEARTBEAT_MS = 5_000;

export class Supervisor {
  /** What was started together; the last group is stopped first. */
  private readonly groups: SupervisedProcess[][] = [];
  private stopped?: Promise<void>;
  private readonly looking: NodeJS.Timeout;

  private constructor(
    private readonly ledger: Ledger,
    private readonly options: SupervisorOptions,
  ) {
    this.looking = setInterval(() => this.boundLogs(), this.logs.everyMs).unref();
  }

  private get logs(): LogBounds {
    return this.options.logs ?? LOG_BOUNDS;
  }

  /** Throws when another supervisor works in the folder; ends what a killed one has left. */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const ledger = await Ledger.open(options.dir, (name, pid) =>
      options.onProgress?.(`ending ${name} (pid ${pid}), left by an earlier run`),
    );
    return new Supervisor(ledger, options);
  }

  /** Starts them side by side and waits until all are ready. Throws at the first that cannot. */
  async start(...specs: ProcessSpec[]): Promise<SupervisedProcess[]> {
    if (this.stopped) throw new Error('The platform is being stopped');
    const group = specs.map((spec) => this.supervise(spec));
    this.groups.push(group);
    await Promise.all(group.map((process) => this.untilReady(process)));
    return group;
  }

  /** Ends all, the last started first. A second call waits for the first one. */
  stop(): Promise<void> {
    this.stopped ??= this.stopGroups();
    return this.stopped;
  }

  private async stopGroups(): Promise<void> {
    for (const group of [...this.groups].reverse()) {
      await Promise.all(group.map((process) => process.stop()));
    }
    clearInterval(this.looking);
    this.ledger.close();
  }

  /** A full disk is no reason to end what runs. */
  private boundLogs(): void {
    for (const { spec } of this.groups.flat()) {
      try {
        boundLog(spec.log, this.logs.bytes);
      } catch (error) {
        this.say(`the log of ${spec.name} cannot be cut: ${(error as Error).message}`);
      }
    }
  }

  private supervise(spec: ProcessSpec): SupervisedProcess {
    return new SupervisedProcess(spec, {
      started: ({ name, stopSignal }, pid) => this.ledger.record(name, pid, stopSignal ?? 'SIGTERM'),
      died: ({ name, log }, reason) =>
        this.say(`${name}: ${firstLine(reason)}; starting it again (log: ${log})`),
    });
  }

  private async untilReady(process: SupervisedProcess): Promise<void> {
    const began = Date.now();
    const heart = setInterval(() => this.say(`still waiting for ${process.spec.name}`), HEARTBEAT_MS);
    try {
      await process.start(this.options.readyTimeoutMs ?? 60_000);
    } finally {
      clearInterval(heart);
    }
    this.say(`${process.spec.name} is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  }

  private say(line: string): void {
    this.options.onProgress?.(line);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0];
}
