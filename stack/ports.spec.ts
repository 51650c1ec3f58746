import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { claimPort, freePort } from './ports';

/** Another process that holds the name of a port, as a platform does that is about to listen on it. */
async function another(port: number): Promise<ChildProcess> {
  const script = `require('node:net').createServer().listen({ path: '\\0nubo-port-${port}' }, () => console.log('held'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('ports for servers', () => {
  it('are never the same, and none that the kernel gives to outgoing connections', async () => {
    const ports = await Promise.all(Array.from({ length: 200 }, freePort));
    expect(new Set(ports).size).toBe(200);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it('stay with the process that asked first, until it ends', async () => {
    const port = await freePort();
    expect(await claimPort(port)).toBe(true);
    const other = await another(port + 20_000);
    expect(await claimPort(port + 20_000)).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await claimPort(port + 20_000)).toBe(true);
  });

  it('are not given out while somebody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await claimPort(port)).toBe(false);
    server.close();
    await once(server, 'close');
    expect(await claimPort(port)).toBe(true);
  });
});
