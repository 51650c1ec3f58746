import { type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type PodmanClient } from './client';
import { PodmanClosed, PodmanTimeout } from './errors';
import { API, PodmanStandIn, type Asked } from './testing/stand-in';

let podman: PodmanStandIn;
let client: PodmanClient;

beforeEach(() => {
  podman = new PodmanStandIn();
  client = podman.client;
});
afterEach(() => podman.stop());

describe('a call of podman', () => {
  it('has a connection of its own, which it closes', async () => {
    await Promise.all([client.startContainer('a/b'), client.startContainer('c')]);
    expect(podman.asked.map(({ line }) => line).sort()).toEqual([
      `POST ${API}/containers/a/b/start`,
      `POST ${API}/containers/c/start`,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(podman.open).toBe(0);
  });

  it('sends an archive as it comes, and lets it go', async () => {
    podman.says(200, { Id: 'sha256:5081' });
    const rootfs = Readable.from(['ab', 'cd']);
    const made = client.importImage(rootfs, { reference: 'x:1', command: ['sh'], env: { A: 'x=$B' } });
    expect(await made).toBe('5081');
    expect(podman.asked).toEqual([
      {
        line: `POST ${API}/images/import?reference=x:1&changes=CMD+["sh"]&changes=ENV+A=x=$B`,
        body: 'abcd',
      },
    ]);
    expect(rootfs.destroyed).toBe(true);
  });

  it('fails with what its archive fails with', async () => {
    const rootfs = new Readable({ read: () => undefined });
    const made = client.putArchive('c1', { folder: '/', archive: rootfs });
    setTimeout(() => rootfs.destroy(new Error('the disk is gone')), 10);
    await expect(made).rejects.toThrow('the disk is gone');
  });

  it('ends in its time', async () => {
    podman.answer = () => undefined;
    const late = client.version({ timeoutMs: 30 });
    await expect(late).rejects.toThrow(PodmanTimeout);
    await expect(late).rejects.toThrow(`GET ${API}/_ping within 30 ms`);
  });

  it('ends when its caller gives up, also before it began', async () => {
    podman.answer = () => undefined;
    const controller = new AbortController();
    const call = client.version({ signal: controller.signal });
    setTimeout(() => controller.abort(new Error('no more')), 10);
    await expect(call).rejects.toThrow('no more');
    await expect(client.version({ signal: controller.signal })).rejects.toThrow('no more');
  });

  it.each([
    ['before the answer', (_: Asked, response: ServerResponse) => response.destroy()],
    [
      'in the answer',
      (_: Asked, response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('[');
        setTimeout(() => response.destroy(), 10);
      },
    ],
  ])('says that the connection ended %s', async (_, answer) => {
    podman.answer = answer;
    await expect(client.containers()).rejects.toThrow(PodmanClosed);
  });

  it.each([
    [404, 'no such container', 'no container with name or ID "x" found: no such container', 'not_found'],
    [500, 'image not known', 'localhost/nope:1: image not known', 'not_found'],
    [409, 'image is in use by a container', 'image used by b726: image is in use by a container', 'in_use'],
    [500, 'that name is already in use', 'the container name "x" is already in use by b7', 'conflict'],
    [500, 'container state improper', 'can only kill running containers', 'conflict'],
    [500, 'invalid argument', 'names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*', 'invalid'],
    [500, 'boom', 'something else', 'other'],
  ])('that podman refuses with %i %s is told by kind', async (status, cause, message, kind) => {
    podman.says(status, { cause, message, response: status });
    await expect(client.startContainer('x')).rejects.toMatchObject({ kind, status, message });
  });
});

describe('what is gone', () => {
  beforeEach(() => podman.says(404, { cause: 'no such container', message: 'no such container' }));

  it('is undefined when it is looked at', async () => {
    expect(await client.container('x')).toBeUndefined();
    expect(await client.image('x')).toBeUndefined();
  });

  it('need not be removed', async () => {
    await client.removeContainer('x');
    await client.removeImage('x');
    expect(podman.asked.map(({ line }) => line)).toEqual([
      `DELETE ${API}/containers/x?force=true&v=true&timeout=0`,
      `DELETE ${API}/images/x`,
    ]);
  });
});

describe('an image', () => {
  it('has no label that podman would take for another', async () => {
    const labels = { a: 'x" b="y' };
    await expect(client.importImage(Readable.from(['']), { reference: 'x:1', labels })).rejects.toThrow(
      TypeError,
    );
    expect(podman.asked).toEqual([]);
  });

  it.each([
    ['localhost:5000/a/b:c', 'repo=localhost:5000/a/b&tag=c'],
    ['localhost:5000/a', 'repo=localhost:5000/a&tag=latest'],
  ])('gets the reference %s', async (reference, query) => {
    await client.tagImage('5081', reference);
    expect(podman.asked[0]?.line).toBe(`POST ${API}/images/5081/tag?${query}`);
  });
});
