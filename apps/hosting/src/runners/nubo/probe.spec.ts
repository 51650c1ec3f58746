import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Probe } from './probe.driver';

describe('asking a program whether it answers', () => {
  const asked: string[] = [];
  let server: Server;
  beforeAll(async () => {
    server = createServer(({ url = '', headers }, response) => {
      asked.push(`${headers.host} ${url}`);
      response.writeHead(url === '/health?deep=1' ? 204 : url === '/none' ? 404 : 500).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  const ask = (path: string): Promise<string | null> => {
    const { port } = server.address() as AddressInfo;
    const { signal } = new AbortController();
    return new Probe().ask({ host: '127.0.0.1', port }, { hostname: 'blog.sites.test', path }, signal);
  };

  it('is a request of its health path, in the name of the site', async () => {
    expect(await ask('/health?deep=1')).toBeNull();
    expect(asked).toEqual(['blog.sites.test /health?deep=1']);
  });

  it('takes anything below 500 for an answer, and says what it got else', async () => {
    expect(await ask('/none')).toBeNull();
    expect(await ask('/')).toBe('it answers 500 to GET /');
  });
});
