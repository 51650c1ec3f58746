import { type Duplex } from 'node:stream';
import { LibvirtClosed, LibvirtTimeout } from './errors';
import { encodeMessage, MessageFramer, type Message } from './message';
import { KEEPALIVE_PING, KEEPALIVE_PROGRAM, Procedure, REMOTE_PROGRAM } from './protocol';
import { MAX_IN_FLIGHT, Rpc } from './rpc';
import { streamPair } from './testing/stream-pair';
import { XdrWriter } from './xdr';

let rpc: Rpc;
let far: Duplex;
let heard: Message[];

beforeEach(() => {
  const [near, other] = streamPair();
  const framer = new MessageFramer();
  rpc = new Rpc(near);
  far = other;
  heard = [];
  far.on('data', (chunk: Buffer) => heard.push(...framer.push(chunk)));
});

afterEach(() => rpc.close('the test is over'));

const empty: Buffer = Buffer.alloc(0);
const call = (timeoutMs = 1_000) =>
  rpc.call({ procedure: Procedure.ConnectGetHostname, body: empty, timeoutMs });
const quiet = async () => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
};

function answer({ serial, procedure }: Pick<Message, 'serial' | 'procedure'>, body: Buffer = empty): void {
  far.write(
    encodeMessage({ program: REMOTE_PROGRAM, version: 1, procedure, type: 1, serial, status: 0 }, body),
  );
}

describe('calls to libvirt', () => {
  it('are never more than libvirtd takes at a time; the others wait in order', async () => {
    const calls = Array.from({ length: 10 }, () => call());
    await quiet();
    expect(heard.map(({ serial }) => serial)).toEqual([1, 2, 3, 4]);
    expect(MAX_IN_FLIGHT).toBe(4);
    for (let i = 0; i < 10; i++) {
      answer(heard[i]);
      await quiet();
    }
    await Promise.all(calls);
    expect(heard.map(({ serial }) => serial)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('get their own answer, whatever the order', async () => {
    const [first, second] = [call(), call()];
    await quiet();
    answer(heard[1], new XdrWriter().string('two').toBuffer());
    answer(heard[0], new XdrWriter().string('one').toBuffer());
    expect((await first).string()).toBe('one');
    expect((await second).string()).toBe('two');
  });

  it('time out one by one; a late answer goes to nobody', async () => {
    const late = call(20);
    await expect(late).rejects.toMatchObject({
      name: 'LibvirtTimeout',
      message: 'libvirt did not answer ConnectGetHostname within 20 ms',
    });
    answer(heard[0]);
    const next = call();
    await quiet();
    answer(heard[1]);
    await next;
  });

  it('that time out before they are sent are never sent', async () => {
    const busy = Array.from({ length: 4 }, () => call());
    await expect(call(20)).rejects.toBeInstanceOf(LibvirtTimeout);
    heard.slice().forEach((message) => answer(message));
    await Promise.all(busy);
    await quiet();
    expect(heard).toHaveLength(4);
  });

  it('close the connection when libvirtd answers none of those it has', async () => {
    const calls = Array.from({ length: 5 }, (_, i) => call(i < 4 ? 20 : 1_000));
    const outcomes = await Promise.allSettled(calls);
    const names = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as Error).name : '',
    );
    expect(names).toEqual([...Array.from({ length: 4 }, () => 'LibvirtTimeout'), 'LibvirtClosed']);
    expect(rpc.closed).toBe(true);
  });

  it('all fail when the stream ends, those that wait too, and so does every later one', async () => {
    const closed = jest.fn();
    rpc.on('close', closed);
    const calls = Array.from({ length: 6 }, () => call());
    far.end();
    for (const one of calls) await expect(one).rejects.toBeInstanceOf(LibvirtClosed);
    await expect(call()).rejects.toBeInstanceOf(LibvirtClosed);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['an absurd length', Buffer.from('ffffffff', 'hex')],
    [
      'an error that is cut short',
      encodeMessage(
        { program: REMOTE_PROGRAM, version: 1, procedure: 59, type: 1, serial: 1, status: 1 },
        empty,
      ),
    ],
  ])('all fail when %s comes', async (_what, bytes) => {
    const one = call();
    await quiet();
    far.write(bytes);
    await expect(one).rejects.toMatchObject({
      name: 'LibvirtClosed',
      message: expect.stringContaining('not its protocol') as string,
    });
  });

  it('are not disturbed by answers to nobody and programs unknown', async () => {
    const one = call();
    await quiet();
    answer({ serial: 99, procedure: 59 });
    far.write(encodeMessage({ program: 7, version: 1, procedure: 1, type: 1, serial: 1, status: 0 }, empty));
    answer(heard[0]);
    await one;
  });
});

describe('a keepalive ping', () => {
  it('is answered with the bytes of a pong', async () => {
    const bytes: Buffer[] = [];
    far.on('data', (chunk: Buffer) => bytes.push(chunk));
    const ping = {
      program: KEEPALIVE_PROGRAM,
      version: 1,
      procedure: KEEPALIVE_PING,
      type: 2,
      serial: 0,
      status: 0,
    };
    far.write(encodeMessage(ping, empty));
    await quiet();
    expect(Buffer.concat(bytes).toString('hex')).toBe(
      '0000001c6b656570000000010000000200000002' + '0000000000000000',
    );
  });
});
