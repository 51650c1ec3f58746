// Lets TCP ports of the machine lead into a lab. Unix sockets in the lab's folder cross the network namespaces: the process
// inside listens on one, the owner of the lab outside connects TCP clients to it.
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { LabError } from './errors';

const LOOPBACK = '127.0.0.1';

/** Environment variable with the socket where the owner of a lab takes requests. */
export const OWNER_SOCKET = 'NUBO_LAB_OWNER';

/** Inside: asks the lab's owner to make a port of the machine lead to 127.0.0.1:`port` in here. Returns the URL. */
export async function exposePort(directory: string, port: number): Promise<string> {
  const socket = join(directory, `expose-${port}.sock`);
  rmSync(socket, { force: true });
  const bridge = createServer((client) => splice(client, connect(port, LOOPBACK)));
  await listen(bridge, () => bridge.listen(socket));
  bridge.unref();
  const answer = await ask(process.env[OWNER_SOCKET] ?? '', `${JSON.stringify({ port, socket })}\n`);
  const { port: outer } = JSON.parse(answer) as { port?: number };
  if (!outer) throw new LabError(`The owner of the lab could not open a port: ${answer}`);
  return `http://${LOOPBACK}:${outer}`;
}

/** Outside: serves `exposePort` until closed. */
export async function serveExposures(directory: string): Promise<{ socket: string; close(): void }> {
  const socket = join(directory, `owner-${process.pid}.sock`);
  const servers: Server[] = [];
  const control = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', (line: Buffer) => {
      void openOutside(line.toString('utf8'), servers).then((answer) => client.end(answer));
    });
  });
  rmSync(socket, { force: true });
  await listen(control, () => control.listen(socket));
  return { socket, close: () => [control, ...servers].forEach((server) => server.close()) };
}

async function openOutside(line: string, servers: Server[]): Promise<string> {
  const { port, socket } = JSON.parse(line) as { port: number; socket: string };
  const server = createServer((client) => splice(client, connect(socket)));
  try {
    await listen(server, () => server.listen(port, LOOPBACK));
  } catch {
    await listen(server, () => server.listen(0, LOOPBACK));
  }
  servers.push(server);
  const address = server.address();
  return JSON.stringify({ port: address && typeof address === 'object' ? address.port : undefined });
}

function listen(server: Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    start();
  });
}

function ask(path: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = connect(path, () => client.write(question));
    let answer = '';
    client.on('data', (chunk: Buffer) => (answer += chunk.toString('utf8')));
    client.on('end', () => resolve(answer));
    client.on('error', () =>
      reject(new LabError('Ports can be exposed only below "lab run" or "lab exec".')),
    );
  });
}

function splice(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
}
