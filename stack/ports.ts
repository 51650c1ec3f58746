import { randomInt } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';

/** Below the ports from 32768 on that Linux gives to outgoing connections (ip(7), ip_local_port_range). */
const RANGE = { from: 20_000, to: 32_768 };
const TRIES = 1_000;

/** Keyed by port; the kernel drops them when the process ends, however it ends. */
const claims = new Map<number, Server>();

/**
 * A TCP port on 127.0.0.1 that nobody listens on. No other process of the network namespace is given it while
 * this one lives, and no outgoing connection takes it. Throws when there is none.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (!claims.has(port) && (await claimPort(port))) return port;
  }
  throw new Error(`No port from ${RANGE.from} to ${RANGE.to - 1} is free`);
}

/** Whether the port of 127.0.0.1 is this process's to listen on: free, and claimed by no other. */
export async function claimPort(port: number): Promise<boolean> {
  return (await isClaimed(port)) && (await isFree(port));
}

async function isClaimed(port: number): Promise<boolean> {
  if (claims.has(port)) return true;
  // An abstract socket (unix(7)): names are unique in a network namespace, and there is no file to leave behind.
  const server = await listening(createServer().unref(), { path: `\0nubo-port-${port}` });
  if (server) claims.set(port, server);
  return server !== undefined;
}

/** Connects and returns the first bytes that the server sends; undefined when it does not answer in 1 s. */
export async function greeting(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const finish = (text?: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.once('data', (bytes) => finish(bytes.toString('utf8')));
    socket.once('error', () => finish());
    socket.once('timeout', () => finish());
    socket.once('close', () => finish());
  });
}

/** Whether a server could listen on the port of 127.0.0.1. */
async function isFree(port: number): Promise<boolean> {
  const server = await listening(createServer(), { port, host: '127.0.0.1' });
  return new Promise((resolve) => (server ? server.close(() => resolve(true)) : resolve(false)));
}

/** Undefined when the address is taken. */
async function listening(server: Server, address: { path: string } | { port: number; host: string }) {
  return new Promise<Server | undefined>((resolve) => {
    server.once('error', () => resolve(undefined)).listen(address, () => resolve(server));
  });
}
