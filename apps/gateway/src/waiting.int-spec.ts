import { randomUUID } from 'node:crypto';
import { createVpc, deleteVpc, getVpc, notFound, unavailable } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { testGateway, type TestGateway } from './testing/test-gateway';

jest.setTimeout(60_000);

const ID = randomUUID();
const vpc = (more: object = {}): object => ({ id: ID, name: 'blue', version: 3, state: 'ready', ...more });

describe('the REST gateway waits', () => {
  let gateway: TestGateway;
  let token: string;
  beforeAll(async () => {
    gateway = await testGateway();
    token = gateway.token();
  });
  afterAll(() => gateway?.stop());

  const body = { name: 'blue' };
  const post = (query = '', headers = {}): Promise<Response> =>
    gateway.ask(`/iaas/vpcs${query}`, { method: 'POST', token, body, headers });
  const remove = (query: string): Promise<Response> =>
    gateway.ask(`/iaas/vpcs/${ID}${query}`, { method: 'DELETE', token });

  beforeEach(() => {
    gateway.services.reset();
    gateway.services.answer(createVpc, () => vpc({ state: 'creating' }));
  });

  it('until what was created has settled', async () => {
    const creating = vpc({ state: 'creating' });
    gateway.services.answerInTurn(getVpc, creating, creating, vpc({ version: 4 }));
    const response = await post('?wait=30s', { 'Idempotency-Key': 'k' });
    expect([response.status, response.headers.get('etag')]).toEqual([201, '"4"']);
    expect(await response.json()).toEqual(vpc({ version: 4 }));
    expect(gateway.services.callsOf(getVpc)).toHaveLength(3);
    expect(gateway.services.callsOf(getVpc)[0]?.ctx).not.toHaveProperty('idempotencyKey');
  });

  it('and still shows what only the first answer holds', async () => {
    gateway.services.answer(createVpc, () => vpc({ state: 'creating', password: 'shown once' }));
    gateway.services.answer(getVpc, () => vpc());
    const answer = await (await post('?wait=30s')).json();
    expect(answer).toEqual(vpc({ password: 'shown once' }));
  });

  it('not at all for what is settled already', async () => {
    gateway.services.answer(createVpc, () => vpc({ state: 'error', stateReason: 'no host has room' }));
    expect(await (await post('?wait=30s')).json()).toMatchObject({ state: 'error' });
    expect(gateway.services.callsOf(getVpc)).toEqual([]);
  });

  it('no longer than it was told', async () => {
    gateway.services.answer(getVpc, () => vpc({ state: 'creating' }));
    const start = performance.now();
    const response = await post('?wait=200ms');
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ state: 'creating' });
    expect(performance.now() - start).toBeGreaterThan(190);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('on while a service is away for a moment', async () => {
    const away = unavailable('service_unavailable', 'away');
    gateway.services.answerInTurn(getVpc, away, away, vpc());
    expect(await (await post('?wait=30s')).json()).toMatchObject({ state: 'ready' });
  });

  it('until what was deleted is gone', async () => {
    const deleting = vpc({ state: 'deleting' });
    gateway.services.answer(deleteVpc, () => deleting);
    gateway.services.answerInTurn(getVpc, deleting, notFound('VPC', ID));
    const response = await remove('?wait=30s');
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });

  it('and answers 202 when it is not gone by then, or without waiting', async () => {
    gateway.services.answer(deleteVpc, () => vpc({ state: 'deleting' }));
    gateway.services.answer(getVpc, () => vpc({ state: 'deleting' }));
    for (const query of ['?wait=50ms', '']) {
      const response = await remove(query);
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual(vpc({ state: 'deleting' }));
    }
  });

  it('and ends with the client’s patience', async () => {
    gateway.services.answer(getVpc, () => vpc({ state: 'creating' }));
    const leaving = AbortSignal.timeout(300);
    const request = fetch(`${gateway.url}/iaas/vpcs?wait=1m`, {
      method: 'POST',
      headers: { Authorization: token, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: leaving,
    });
    await expect(request).rejects.toThrow();
    const before = await eventually(() => gateway.services.callsOf(getVpc).length);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(gateway.services.callsOf(getVpc).length - before).toBeLessThanOrEqual(1);
  });

  it.each(['30', '3m', '121s', '-1s', '1h', '', '1s1s'])('not for %j', async (wait) => {
    const response = await post(`?wait=${wait}`);
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: 'wait' }] });
    expect(gateway.services.calls).toEqual([]);
  });

  it('and answers at once when the gateway is stopped', async () => {
    const other = await testGateway();
    other.services.answer(createVpc, () => vpc({ state: 'creating' }));
    other.services.answer(getVpc, () => vpc({ state: 'creating' }));
    const held = other.ask('/iaas/vpcs?wait=1m', { method: 'POST', token: other.token(), body });
    await eventually(() => other.services.callsOf(getVpc).length);
    const start = performance.now();
    await other.stop();
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(await (await held).json()).toMatchObject({ state: 'creating' });
  });
});
