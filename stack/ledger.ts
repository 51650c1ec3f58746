/** Which processes a supervisor has started: the next one reads it when this one was killed. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder, writeAtomically } from './files';
import { identify, isAlive, type ProcessIdentity, sendSignal } from './process-table';
import { waitWhile } from './wait';

export interface LedgerEntry extends ProcessIdentity {
  readonly name: string;
  readonly stopSignal: NodeJS.Signals;
}

const KILL_AFTER_MS = 10_000;

export class Ledger {
  private readonly entries = new Map<string, LedgerEntry>();

  private constructor(private readonly dir: string) {}

  /**
   * Takes the folder for this process and ends what a killed supervisor has left in it.
   * Throws when another supervisor that is alive has it.
   */
  static async open(dir: string, onLeftover: (name: string, pid: number) => void): Promise<Ledger> {
    ownFolder(dir);
    takeLock(join(dir, 'supervisor.lock'));
    const ledger = new Ledger(dir);
    const left = ledger.read().filter(isAlive);
    await Promise.all(left.map((entry) => end(entry, onLeftover)));
    return ledger;
  }

  record(name: string, pid: number, stopSignal: NodeJS.Signals): void {
    const identity = identify(pid);
    if (identity) this.entries.set(name, { ...identity, name, stopSignal });
    this.write();
  }

  close(): void {
    rmSync(this.path, { force: true });
    rmSync(join(this.dir, 'supervisor.lock'), { force: true });
  }

  private get path(): string {
    return join(this.dir, 'processes.json');
  }

  private read(): LedgerEntry[] {
    return existsSync(this.path) ? (JSON.parse(readFileSync(this.path, 'utf8')) as LedgerEntry[]) : [];
  }

  private write(): void {
    writeAtomically(this.path, JSON.stringify([...this.entries.values()], null, 1));
  }
}

async function end(entry: LedgerEntry, onLeftover: (name: string, pid: number) => void): Promise<void> {
  onLeftover(entry.name, entry.pid);
  const stillThere = (): string | undefined => (isAlive(entry) ? entry.name : undefined);
  sendSignal(entry.pid, entry.stopSignal);
  if (!(await waitWhile(stillThere, { timeoutMs: KILL_AFTER_MS }))) return;
  sendSignal(entry.pid, 'SIGKILL');
  await waitWhile(stillThere, { timeoutMs: KILL_AFTER_MS });
}

function takeLock(path: string): void {
  const holder = readLock(path);
  if (holder && isAlive(holder)) throw new Error(`The platform runs already (pid ${holder.pid}, ${path})`);
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, JSON.stringify(identify(process.pid)));
  closeSync(file);
}

/** A lock that was cut short by a crash is nobody's. */
function readLock(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
