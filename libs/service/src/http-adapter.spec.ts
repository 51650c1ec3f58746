import { overrideSettings } from '@nubo/config';
import { httpAdapter } from './http-adapter';

/** The client's address as the service sees it, when a proxy on this machine passes a request on. */
async function seenThrough(proxies: string): Promise<string> {
  const restore = overrideSettings({ NUBO_TRUSTED_PROXIES: proxies });
  const fastify = httpAdapter().getInstance();
  restore();
  fastify.get('/', (request, reply) => reply.send(request.ip));
  const headers = { 'x-forwarded-for': '203.0.113.5, 198.51.100.7' };
  return (await fastify.inject({ url: '/', headers })).body;
}

describe('the HTTP side of a service', () => {
  it('waits half a minute for the head of a request', () => {
    const { requestTimeout, headersTimeout } = httpAdapter().getInstance().server;
    expect([requestTimeout, headersTimeout]).toEqual([0, 30_000]);
  });

  it('believes no X-Forwarded-For of its own accord', async () => {
    expect(await seenThrough('')).toBe('127.0.0.1');
    expect(await seenThrough('10.0.0.0/8')).toBe('127.0.0.1');
  });

  it('believes what a trusted proxy has seen, and not what a client told that one', async () => {
    expect(await seenThrough('127.0.0.0/8, ::1')).toBe('198.51.100.7');
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', 'true'])(
    'does not start with %s',
    async (proxies) => {
      await expect(seenThrough(proxies)).rejects.toThrow('NUBO_TRUSTED_PROXIES');
    },
  );
});
