import type { Server } from 'node:http';
import { httpAdapter } from './http-adapter';

describe('the HTTP side of a service', () => {
  it('does not wait for ever for a client that never ends its request', () => {
    const { requestTimeout, headersTimeout } = httpAdapter().getInstance().server as Server;
    expect(requestTimeout).toBe(30_000);
    expect(headersTimeout).toBeGreaterThan(0);
  });
});
