import { Duplex, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { collect } from './command-run';

/** A channel whose other side takes nothing, as one with a full window does. */
function fullChannel(): ClientChannel {
  const channel = new Duplex({ read: () => undefined, write: () => undefined, autoDestroy: false });
  return Object.assign(channel, {
    stderr: new Readable({ read: () => undefined }),
  }) as unknown as ClientChannel;
}

describe('what feeds a command', () => {
  it('stops reading its input when the command ends before it has read that', async () => {
    let reads = 0;
    const endless: Readable = new Readable({
      read: () => void (++reads < 1_000 ? endless.push(Buffer.alloc(65_536)) : endless.destroy()),
    });
    const channel = fullChannel();
    const tally = { bytesIn: 0, bytesOut: 0 };
    const result = collect({ channel, stdin: endless, maxOutput: 100, tally });
    await sleep(10);
    channel.emit('close', 0);
    expect((await result).code).toBe(0);
    await sleep(10);
    expect(reads).toBeLessThan(10);
    expect(tally.bytesIn).toBeLessThan(10 * 65_536);
  });
});
