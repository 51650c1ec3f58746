/** What the services hold open, and what waits for them on the bus. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'nats';
import type { Platform } from '../../stack/platform';

export interface Holdings {
  files: number;
  megabytes: number;
}

/** By service; those that are down are left out. */
export function holdings({ services }: Platform): Record<string, Holdings> {
  const running = Object.entries(services).flatMap(([name, { pid }]): [string, Holdings][] =>
    pid === undefined
      ? []
      : [[name, { files: readdirSync(`/proc/${pid}/fd`).length, megabytes: memoryOf(pid) }]],
  );
  return Object.fromEntries(running);
}

function memoryOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

/** Consumers with events that nobody has acknowledged. */
export async function backlog({ natsAdminUrl }: Platform): Promise<string[]> {
  const { host, username, password } = new URL(natsAdminUrl);
  const bus = await connect({ servers: host, user: username, pass: decodeURIComponent(password) });
  try {
    const manager = await bus.jetstreamManager();
    const waiting: string[] = [];
    for await (const stream of manager.streams.list())
      for await (const { name, num_pending, num_ack_pending } of manager.consumers.list(stream.config.name))
        if (num_pending + num_ack_pending > 0)
          waiting.push(`${name} has ${num_pending} + ${num_ack_pending} events left`);
    return waiting;
  } finally {
    await bus.close();
  }
}
