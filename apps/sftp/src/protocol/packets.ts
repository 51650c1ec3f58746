import { ProtocolError } from './fields';
import { MAX_PACKET } from './codes';

/**
 * The packets of a channel, without their lengths. Holds one packet at a time: what the client sends meanwhile waits in
 * the channel's window. Throws {@link ProtocolError} for a packet of an impossible length.
 */
export async function* packetsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const head = Buffer.alloc(4);
  let headed = 0;
  let packet: Buffer | undefined;
  let filled = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (!packet) {
        const taken = chunk.copy(head, headed, at, at + 4 - headed);
        at += taken;
        headed += taken;
        if (headed < 4) break;
        packet = Buffer.allocUnsafe(lengthIn(head));
        headed = filled = 0;
      }
      const taken = chunk.copy(packet, filled, at);
      at += taken;
      filled += taken;
      if (filled < packet.length) break;
      yield packet;
      packet = undefined;
    }
  }
}

function lengthIn(head: Buffer): number {
  const length = head.readUInt32BE();
  if (length < 1 || length > MAX_PACKET) throw new ProtocolError(`a packet of ${length} bytes`);
  return length;
}
