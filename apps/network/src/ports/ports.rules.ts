import { createHash } from 'node:crypto';

/** QEMU's and KVM's own prefix for guests' cards; locally administered. */
const PREFIX = '52:54:00';

/** The MAC that a port is to have; the next `attempt` when that one is taken in its subnet. */
export function macOf(portId: string, attempt: number): string {
  const digest = createHash('sha256').update(`${portId}/${attempt}`).digest('hex');
  return `${PREFIX}:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
}
