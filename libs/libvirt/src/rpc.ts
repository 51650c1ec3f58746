// One RPC connection: calls and their answers, pushed events, keepalive.
import { EventEmitter } from 'node:events';
import { type Duplex } from 'node:stream';
import { LibvirtClosed, LibvirtError, LibvirtTimeout } from './errors';
import { encodeMessage, MessageFramer, type Message } from './message';
import {
  KEEPALIVE_PING,
  KEEPALIVE_PONG,
  KEEPALIVE_PROGRAM,
  KEEPALIVE_VERSION,
  MessageStatus,
  MessageType,
  Procedure,
  REMOTE_PROGRAM,
  REMOTE_VERSION,
} from './protocol';
import { type XdrReader } from './xdr';

/** libvirtd stops reading from a client with 5 requests at work (max_client_requests), keepalives included. */
export const MAX_IN_FLIGHT = 4;

interface Call {
  procedure: Procedure;
  body: Buffer;
  timer: NodeJS.Timeout;
  resolve(reply: XdrReader): void;
  reject(error: Error): void;
  /** Its caller has been told that it timed out; libvirtd still works on it. */
  abandoned: boolean;
}

export interface RpcCall {
  procedure: Procedure;
  body: Buffer;
  /** From now, waiting for a free place included. */
  timeoutMs: number;
}

interface RpcEvents {
  event: [procedure: number, body: XdrReader];
  close: [reason: LibvirtClosed];
}

const nameOf = (procedure: Procedure): string =>
  Object.entries(Procedure).find(([, number]) => number === procedure)?.[0] ?? String(procedure);

/** remote_error (virnetprotocol.x); what follows the message is of no use here. */
function readError(reply: XdrReader): LibvirtError {
  const code = reply.int();
  const domain = reply.int();
  const message = reply.optional((reader) => reader.string()) ?? 'no message';
  return new LibvirtError(message, code, domain);
}

/**
 * Speaks libvirt's RPC over a stream that it then owns. Emits `event` for every pushed message and `close` once;
 * after that every call, also one still waiting, has been rejected with the reason.
 */
export class Rpc extends EventEmitter<RpcEvents> {
  private readonly framer = new MessageFramer();
  private readonly waiting: Call[] = [];
  private readonly inFlight = new Map<number, Call>();
  private serial = 0;
  private closedBy: LibvirtClosed | undefined;

  constructor(private readonly stream: Duplex) {
    super();
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.on('error', (error) => this.close(`the connection to libvirt failed: ${error.message}`));
    stream.on('end', () => this.close('libvirt closed the connection'));
    stream.on('close', () => this.close('the connection to libvirt ended'));
  }

  get closed(): boolean {
    return this.closedBy !== undefined;
  }

  /**
   * Calls a procedure; at most MAX_IN_FLIGHT are at libvirtd at a time, the others wait in order.
   * Rejects with LibvirtError, LibvirtTimeout or LibvirtClosed.
   */
  call({ procedure, body, timeoutMs }: RpcCall): Promise<XdrReader> {
    return new Promise((resolve, reject) => {
      if (this.closedBy) return reject(this.closedBy);
      const timer = setTimeout(() => this.giveUp(call, timeoutMs), timeoutMs);
      const call: Call = { procedure, body, timer, resolve, reject, abandoned: false };
      this.waiting.push(call);
      this.pump();
    });
  }

  /** Ends the stream and rejects whatever is outstanding. Harmless when it is closed already. */
  close(why: string): void {
    if (this.closedBy) return;
    const reason = new LibvirtClosed(why);
    this.closedBy = reason;
    for (const call of [...this.inFlight.values(), ...this.waiting]) this.settle(call, reason);
    this.inFlight.clear();
    this.waiting.length = 0;
    this.stream.destroy();
    this.emit('close', reason);
  }

  private pump(): void {
    while (this.inFlight.size < MAX_IN_FLIGHT) {
      const call = this.waiting.shift();
      if (!call) return;
      this.serial = (this.serial + 1) >>> 0;
      this.inFlight.set(this.serial, call);
      this.send(call.procedure, this.serial, call.body);
    }
  }

  private send(procedure: number, serial: number, body: Buffer): void {
    const header = { program: REMOTE_PROGRAM, version: REMOTE_VERSION, procedure, serial };
    this.stream.write(encodeMessage({ ...header, type: MessageType.Call, status: MessageStatus.Ok }, body));
  }

  /** A call given up keeps its place until libvirtd answers; when it holds all places, the connection is of no use. */
  private giveUp(call: Call, timeoutMs: number): void {
    this.settle(call, new LibvirtTimeout(nameOf(call.procedure), timeoutMs));
    call.abandoned = true;
    const index = this.waiting.indexOf(call);
    if (index >= 0) this.waiting.splice(index, 1);
    const stuck = [...this.inFlight.values()].every(({ abandoned }) => abandoned);
    if (stuck && this.inFlight.size === MAX_IN_FLIGHT) this.close('libvirt answers no call any more');
  }

  private settle(call: Call, outcome: XdrReader | Error): void {
    clearTimeout(call.timer);
    if (outcome instanceof Error) call.reject(outcome);
    else call.resolve(outcome);
  }

  private receive(chunk: Buffer): void {
    if (this.closedBy) return;
    try {
      for (const message of this.framer.push(chunk)) this.dispatch(message);
    } catch (error) {
      this.close(`libvirt sent what is not its protocol: ${(error as Error).message}`);
    }
  }

  private dispatch(message: Message): void {
    if (message.program === KEEPALIVE_PROGRAM) return this.answerKeepalive(message);
    if (message.program !== REMOTE_PROGRAM) return;
    if (message.type === MessageType.Reply) this.answer(message);
    else if (message.type === MessageType.Message) this.emit('event', message.procedure, message.body);
  }

  private answer({ serial, status, body }: Message): void {
    const call = this.inFlight.get(serial);
    if (!call) return;
    const outcome = status === MessageStatus.Error ? readError(body) : body;
    this.inFlight.delete(serial);
    this.settle(call, outcome);
    this.pump();
  }

  /** virkeepaliveprotocol.x: a ping is a message of its own program and wants a pong. */
  private answerKeepalive({ procedure }: Message): void {
    if (procedure !== KEEPALIVE_PING) return;
    const header = { program: KEEPALIVE_PROGRAM, version: KEEPALIVE_VERSION, procedure: KEEPALIVE_PONG };
    const pong = { ...header, type: MessageType.Message, serial: 0, status: MessageStatus.Ok };
    this.stream.write(encodeMessage(pong, Buffer.alloc(0)));
  }
}
