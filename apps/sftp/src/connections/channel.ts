import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { log } from '@nubo/observability';
import { ProtocolError } from '../protocol/fields';
import { drained } from './flow';
import { packetsOf } from '../protocol/packets';
import type { SftpSession } from '../sessions/sftp-session';

/** Sentences beside the protocol; what a client does not read there takes up its window. */
const MAX_SENTENCES = 20;

export interface Served {
  readonly channel: ServerChannel;
  readonly session: SftpSession;
  readonly socket: Socket;
  /** The client was told to go. */
  readonly isOver: () => boolean;
}

/**
 * Answers what comes, one after the other, until the client is done, gone, or told to go. Neither requests nor answers pile
 * up: a client that does not read gets no more answers.
 */
export async function serve({ channel, session, socket, isOver }: Served): Promise<void> {
  try {
    for await (const packet of packetsOf(chunksOf(channel))) {
      if (isOver()) break;
      const answer = await session.answer(packet);
      channel.write(answer);
      await drained(channel);
      await drained(socket);
    }
  } catch (error) {
    if (error instanceof ProtocolError) log.debug({ err: error }, 'a client that does not speak SFTP');
    else if (!isGone(error)) log.error({ err: error }, 'a channel broke');
  } finally {
    await session.end();
    channel.exit(0);
    channel.end();
  }
}

/** The channel stays open at their end: its exit status is still to be sent, or scp fails. */
const chunksOf = (channel: ServerChannel): AsyncIterable<Buffer> =>
  channel.iterator({ destroyOnReturn: false });

/** Says each sentence once: OpenSSH's clients show what comes on this way. */
export function sentences(channel: ServerChannel): (sentence: string) => void {
  const said = new Set<string>();
  return (sentence) => {
    if (said.has(sentence) || said.size >= MAX_SENTENCES) return;
    said.add(sentence);
    channel.stderr.write(`nubo: ${sentence}\n`);
  };
}

const isGone = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
