/** What ssh2 1.17 leaves to its user: it sends although the socket is full, and takes more than it has allowed. */
import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';

/** Of answers that a client has not read: the windows of all its channels, and more. */
const MAX_UNREAD = 32 * 1024 * 1024;
/** Of requests on one channel: twice its window. */
const MAX_UNASKED = 4 * 1024 * 1024;

/** Hangs up on a client that makes the server keep more than it has agreed to. */
export function boundMemory(socket: Socket, channels: ReadonlySet<ServerChannel>): void {
  socket.on('data', () => {
    if (socket.writableLength > MAX_UNREAD) socket.destroy();
    for (const { readableLength } of channels) if (readableLength > MAX_UNASKED) socket.destroy();
  });
}

/** Resolves when the client has read, or is gone. */
export function drained(stream: Socket | ServerChannel): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}
