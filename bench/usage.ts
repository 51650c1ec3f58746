/** What processes have used, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** /proc counts CPU time in these, on every Linux that Node runs on. */
const TICKS_PER_S = 100;

export interface Usage {
  readonly cpuMs: number;
  /** Resident; what is shared between processes counts in each. */
  readonly rssMib: number;
}

/** A process with all its children: Postgres has one per connection. */
export function usageOf(pid: number): Usage {
  const family = withChildren(pid).map(usageOfOne);
  return {
    cpuMs: family.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssMib: family.reduce((sum, { rssMib }) => sum + rssMib, 0),
  };
}

function usageOfOne(pid: number): Usage {
  const fields = statOf(pid);
  // proc(5): utime, stime, and of children that have ended; fields are counted after the command's name.
  const ticks = [11, 12, 13, 14].reduce((sum, n) => sum + Number(fields[n] ?? 0), 0);
  const rss = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return { cpuMs: (ticks / TICKS_PER_S) * 1000, rssMib: Number(rss ?? 0) / 1024 };
}

function withChildren(pid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = pids.filter((child) => statOf(Number(child))[1] === String(pid)).map(Number);
  return [pid, ...children];
}

/** State, parent and so on. */
function statOf(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty for a process that has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
