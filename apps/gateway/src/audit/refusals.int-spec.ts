/** What the gateway tells the audit of what it refuses by itself. */
import { randomUUID } from 'node:crypto';
import {
  deleteHost,
  deleteVm,
  listHosts,
  noteRefusal,
  unavailable,
  type SessionClaims,
} from '@nubo/contracts';
import { log } from '@nubo/observability';
import { eventually } from '@nubo/testing';
import { testGateway, type TestGateway } from '../testing/test-gateway';
import { claimsOf, es256Pair, signed } from '../testing/tokens';
import { Refusals } from './refusals.service';

jest.setTimeout(60_000);

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

describe('what the gateway refuses', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await testGateway();
  });
  afterEach(() => gateway?.stop());

  const remove = (noun: 'hosts' | 'vms', authorization?: string): Promise<Response> =>
    gateway.ask(`/iaas/${noun}/${ID}`, { method: 'DELETE', token: authorization });
  const expired = (claims: SessionClaims, keys = gateway.keys): string =>
    signed(claims, keys, { seconds: -1 });
  const told = async (count = 1) => {
    await eventually(() => gateway.services.noted.length >= count);
    return gateway.services.noted.map(({ refused, ctx }) => ({ ...refused, ...ctx }));
  };
  const principalOf = ({ sub: userId, tid: tenantId, role }: SessionClaims) => ({ userId, tenantId, role });

  it('is told with who asked, from where, for what and why', async () => {
    const claims = claimsOf({ role: 'member' });
    const response = await remove('hosts', signed(claims, gateway.keys));
    expect(response.status).toBe(403);
    expect(await told()).toEqual([
      {
        action: deleteHost.subject,
        code: 'admin_only',
        resourceId: ID,
        requestId: response.headers.get('x-request-id'),
        principal: principalOf(claims),
        address: '127.0.0.1',
      },
    ]);
    expect(gateway.services.calls).toEqual([]);
  });

  it('names whose session has expired or was ended', async () => {
    const [old, ended] = [claimsOf(), claimsOf()];
    await gateway.revoke(ended.sub, 2);
    expect((await remove('vms', expired(old))).status).toBe(401);
    expect((await remove('vms', signed(ended, gateway.keys))).status).toBe(401);
    const seen = (await told(2)).map(({ action, code, principal }) => ({ action, code, principal }));
    expect(seen).toEqual([
      { action: deleteVm.subject, code: 'session_expired', principal: principalOf(old) },
      { action: deleteVm.subject, code: 'session_revoked', principal: principalOf(ended) },
    ]);
  });

  it('is told of one who must change the password first', async () => {
    const claims = claimsOf({ mcp: true });
    await remove('vms', signed(claims, gateway.keys));
    expect(await told()).toMatchObject([
      { code: 'password_change_required', principal: { userId: claims.sub } },
    ]);
  });

  it('is laid to nobody’s charge by a forged session, also one that has expired', async () => {
    const stranger = es256Pair();
    await remove('vms', signed(claimsOf(), stranger));
    await remove('vms', expired(claimsOf(), stranger));
    await remove('vms', 'Basic cm9vdDpyb290');
    await remove('vms');
    const seen = (await told(4)).map(({ code, principal }) => [code, principal]);
    expect(seen).toEqual([
      ['session_invalid', null],
      ['session_invalid', null],
      ['unknown_credentials', null],
      ['login_required', null],
    ]);
  });

  it('is told of who only wanted to look when it is known who that was', async () => {
    const claims = claimsOf();
    await gateway.ask('/iaas/vms');
    await gateway.ask('/iaas/vms', { token: signed(claimsOf(), es256Pair()) });
    await gateway.ask('/iaas/hosts', { token: expired(claims) });
    await remove('vms');
    const seen = (await told(2)).map(({ action, principal }) => [action, principal?.userId]);
    expect(seen).toEqual([
      [listHosts.subject, claims.sub],
      [deleteVm.subject, undefined],
    ]);
  });

  it('is not told of what is nonsense, nor of what services refuse', async () => {
    const token = gateway.token();
    gateway.services.answer(deleteVm, () => {
      throw unavailable('away', 'not now');
    });
    await gateway.ask('/iaas/vms', { method: 'POST', token, body: '{' });
    await gateway.ask('/iaas/vms/x', { method: 'DELETE', token });
    await remove('vms', token);
    await remove('hosts', token);
    expect(await told()).toMatchObject([{ action: deleteHost.subject }]);
  });

  it('does not flood the audit, and leaves room for those who are known', async () => {
    const ask = (times: number, token?: () => string): Promise<Response[]> =>
      Promise.all(Array.from({ length: times }, () => remove('hosts', token?.())));
    const [sub, last] = [randomUUID(), claimsOf()];
    await ask(50);
    await ask(50, () => gateway.token({ sub }));
    await remove('hosts', signed(last, gateway.keys));
    await eventually(() => gateway.services.noted.some(({ ctx }) => ctx.principal?.userId === last.sub));
    const callers = gateway.services.noted.map(({ ctx }) => ctx.principal?.userId ?? 'nobody');
    const count = (of: string): number => callers.filter((caller) => caller === of).length;
    expect([count('nobody'), count(sub), count(last.sub)]).toEqual([30, 30, 1]);
  });

  it('is refused all the same when it cannot be told', async () => {
    const warned = jest.spyOn(log, 'warn').mockImplementation(() => undefined);
    gateway.services.answer(noteRefusal, () => {
      throw unavailable('away', 'not now');
    });
    expect((await remove('hosts', gateway.token())).status).toBe(403);
    await eventually(() => warned.mock.calls.length > 0);
    expect(warned.mock.calls[0]?.[0]).toMatchObject({ action: deleteHost.subject, code: 'admin_only' });
    warned.mockRestore();
  });

  it('is told before the gateway stops', async () => {
    let open = (): void => undefined;
    let answered = false;
    const opened = new Promise<void>((resolve) => (open = resolve));
    gateway.services.answer(noteRefusal, async () => {
      await opened;
      answered = true;
      return {};
    });
    await remove('hosts', gateway.token());
    await told();
    const stopped = gateway.app
      .get(Refusals)
      .beforeApplicationShutdown()
      .then(() => answered);
    open();
    expect(await stopped).toBe(true);
  });
});
