import { connect, createServer, type AddressInfo } from 'node:net';

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
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
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
