import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { HostsAccess } from '@nubo/fleet';
import { eventually } from '@nubo/testing';
import { HttpInstanceControl } from './http-instance-control.driver';

interface Streams {
  stdin: Readable;
  stdout: Writable;
}

describe('the way to instances', () => {
  let server: Server;
  let handle: RequestListener;
  let relays: Socket[];
  let control: HttpInstanceControl;

  beforeEach(async () => {
    relays = [];
    handle = (_request, response) => response.end('{"releases": []}');
    server = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    // What bash does on the host, without a host.
    const run = (_command: unknown, { stdin, stdout }: Streams): Promise<string> => {
      const relay = connect((server.address() as AddressInfo).port, '127.0.0.1');
      relays.push(relay);
      stdin.pipe(relay).pipe(stdout);
      return new Promise((resolve) => relay.once('close', () => resolve('')));
    };
    control = new HttpInstanceControl({ reach: async () => ({ run }) } as unknown as HostsAccess);
  });
  afterEach(() => {
    control.onApplicationShutdown();
    server.closeAllConnections();
    server.close();
  });

  const ask = (n = 1) => {
    const place = { hostId: 'gw', namespace: 'nr-1', address: `190.0.0.${n}`, token: 't' };
    return control.status(place, AbortSignal.timeout(5_000));
  };
  const open = () => relays.filter(({ closed }) => !closed);

  it('is kept from one question to the next', async () => {
    for (let n = 0; n < 5; n += 1) expect((await ask()).releases).toEqual([]);
    expect(relays).toHaveLength(1);
  });

  it('is never that to another instance', async () => {
    await ask(1);
    await ask(2);
    expect(relays).toHaveLength(2);
  });

  it('is made anew when it led to an instance that has started anew since', async () => {
    await ask();
    handle = (request, response) => {
      if (relays.length === 1) request.socket.destroy();
      else response.end('{"releases": []}');
    };
    expect((await ask()).releases).toEqual([]);
    expect(relays).toHaveLength(2);
  });

  it('is not tried again when it was new and nobody answered', async () => {
    handle = (request) => request.socket.destroy();
    await expect(ask()).rejects.toThrow();
    expect(relays).toHaveLength(1);
  });

  it('ends with the other side', async () => {
    await ask();
    server.closeIdleConnections();
    await eventually(() => open().length === 0);
    expect((await ask()).releases).toEqual([]);
  });

  it('is let go when so many are open that a host runs no more: the one that was idle longest first', async () => {
    for (let n = 1; n <= 8; n += 1) await ask(n);
    await ask(1);
    await ask(9);
    await eventually(() => open().length === 8);
    expect(relays.map(({ closed }) => closed).indexOf(true)).toBe(1);
  });
});
