import { type PodmanClient } from './client';
import { PodmanClosed, PodmanTimeout } from './errors';
import { API, PodmanStandIn } from './testing/stand-in';
import { type ContainerEvent } from './types';

let podman: PodmanStandIn;
let client: PodmanClient;

beforeEach(() => {
  podman = new PodmanStandIn();
  client = podman.client;
});
afterEach(() => podman.stop());

describe('what podman tells', () => {
  const frame = (which: number, text: string): Buffer => {
    const head = Buffer.from([which, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  it('of a log are its lines', async () => {
    const said = [
      frame(1, '2026-01-31T10:11:12.5Z one two\n'),
      frame(2, '2026-01-31T10:11:13Z \n'),
      frame(1, 'x').subarray(0, 8),
    ];
    podman.answer = (_, response) => response.end(Buffer.concat(said));
    expect(await client.logs('c1', { lines: 7 })).toEqual([
      { stream: 'stdout', at: new Date('2026-01-31T10:11:12.500Z'), text: 'one two' },
      { stream: 'stderr', at: new Date('2026-01-31T10:11:13Z'), text: '' },
    ]);
    expect(podman.asked[0]?.line).toBe(
      `GET ${API}/containers/c1/logs?stdout=true&stderr=true&timestamps=true&tail=7`,
    );
  });

  it('of a program is what it said and its status', async () => {
    podman.answer = ({ line }, response) =>
      void response.end(
        line.endsWith('start')
          ? Buffer.concat([frame(1, 'o'), frame(2, 'e'), frame(1, 'k')])
          : JSON.stringify({ Id: 'e1', ExitCode: 3 }),
      );
    expect(await client.exec('c1', ['x', 'y'], { user: 'web' })).toEqual({
      code: 3,
      stdout: 'ok',
      stderr: 'e',
    });
    expect(podman.asked.map(({ line }) => line.replace(API, ''))).toEqual([
      'POST /containers/c1/exec',
      'POST /exec/e1/start',
      'GET /exec/e1/json',
    ]);
    expect(JSON.parse(podman.asked[0]?.body ?? '')).toEqual({
      Cmd: ['x', 'y'],
      User: 'web',
      AttachStdout: true,
      AttachStderr: true,
    });
  });

  it('of a list is every container', async () => {
    podman.says(200, [
      {
        Id: 'i',
        Names: ['c1'],
        ImageID: '5081',
        State: 'exited',
        Labels: null,
        ExitCode: 3,
        StartedAt: 1795644706,
        ExitedAt: -62135596800,
      },
      {
        Id: 'j',
        Names: ['c2'],
        ImageID: '5081',
        State: 'whatever',
        Labels: { a: 'b' },
        ExitCode: 0,
        StartedAt: -62135596800,
        ExitedAt: -62135596800,
      },
    ]);
    expect(await client.containers({ labels: ['a=b'] })).toEqual([
      {
        id: 'i',
        name: 'c1',
        imageId: '5081',
        state: 'exited',
        labels: {},
        exitCode: 3,
        startedAt: new Date(1795644706000),
      },
      { id: 'j', name: 'c2', imageId: '5081', state: 'unknown', labels: { a: 'b' }, exitCode: 0 },
    ]);
    expect(podman.asked[0]?.line).toBe(`GET ${API}/containers/json?all=true&filters={"label":["a=b"]}`);
  });

  it('as events comes in order, however it is cut, until it ends', async () => {
    const event = (name: string) =>
      `${JSON.stringify({ Type: 'container', Action: 'died', Actor: { ID: 'i', Attributes: { name, containerExitCode: '137', owner: 'me' } }, timeNano: 1795644706e9 })}\n`;
    let end = (): void => undefined;
    podman.answer = ({ line }, response) => {
      if (!line.includes('/events')) return void response.end('OK');
      const text = event('a') + event('ü');
      const cut = Buffer.byteLength(event('a')) + text.indexOf('ü') - event('a').length + 1;
      response.writeHead(200).write(Buffer.from(text).subarray(0, cut));
      setTimeout(() => response.write(Buffer.from(text).subarray(cut)), 10);
      end = () => response.end();
    };
    const heard: ContainerEvent[] = [];
    const ear = await client.events((one) => heard.push(one));
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard.map(({ name }) => name)).toEqual(['a', 'ü']);
    expect(heard[0]).toEqual({
      action: 'died',
      id: 'i',
      name: 'a',
      exitCode: 137,
      labels: { owner: 'me' },
      at: new Date(1795644706000),
    });
    end();
    expect(await ear.closed).toBeInstanceOf(PodmanClosed);
  });

  it('as events is not heard when podman does not take the request', async () => {
    podman.answer = ({ line }, response) => (line.includes('/events') ? undefined : void response.end('OK'));
    await expect(client.events(() => undefined, { timeoutMs: 50 })).rejects.toThrow(PodmanTimeout);
  });
});
