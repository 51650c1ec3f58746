import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { removeFolder } from './files';
import { openNatsConfig, startNats } from './nats';
import { freePort } from './ports';
import { type Server } from './server';
import { temporaryFolder } from './testing';

jest.setTimeout(60_000);

const PASSWORD = 'p4ss';

describe('the embedded bus', () => {
  let folder: string;
  let port: number;
  let server: Server;
  const start = (): Promise<Server> =>
    startNats({ dir: join(folder, 'bus'), port, config: openNatsConfig(PASSWORD) });

  beforeAll(async () => {
    folder = temporaryFolder();
    port = await freePort();
    server = await start();
    await withBus(port, async (bus) => {
      const streams = await bus.jetstreamManager();
      await streams.streams.add({ name: 'NOTES', subjects: ['notes.>'] });
    });
  });
  afterAll(async () => {
    await server.stop();
    removeFolder(folder);
  });

  it('refuses a wrong password', async () => {
    const stranger = connect({
      servers: `127.0.0.1:${port}`,
      user: 'admin',
      pass: 'wrong',
      reconnect: false,
    });
    await expect(stranger).rejects.toThrow('Authorization');
  });

  it.each([
    ['a stop', () => server.stop()],
    ['kill -9', () => killed(server)],
  ])('keeps acknowledged messages across %s', async (_, end) => {
    const before = await withBus(port, async (bus) => (await bus.jetstream().publish('notes.kept', 'x')).seq);
    await end();
    server = await start();
    const after = await withBus(port, async (bus) => {
      const info = await (await bus.jetstreamManager()).streams.info('NOTES');
      return info.state.last_seq;
    });
    expect(after).toBe(before);
  });
});

async function killed(server: Server): Promise<void> {
  server.kill('SIGKILL');
  await server.exited;
}

async function withBus<T>(port: number, use: (bus: NatsConnection) => Promise<T>): Promise<T> {
  const bus = await connect({ servers: `127.0.0.1:${port}`, user: 'admin', pass: PASSWORD });
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}
