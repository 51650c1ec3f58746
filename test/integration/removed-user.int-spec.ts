/** A removed user before a real gateway, with the real tenant service behind it. */
import { overrideSettings, text } from '@nubo/config';
import { deleteUser, updateUser, type AuditView } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startGateway, urlOf } from '../../apps/gateway/src/testing/test-gateway';
import { aMember, aTenant, openStage, type Stage } from '../../apps/tenant/src/testing/stage';

jest.setTimeout(60_000);

describe('the session of a user', () => {
  let stage: Stage;
  let gateway: NestFastifyApplication;
  let restore: () => void;
  beforeAll(async () => {
    stage = await openStage();
    restore = overrideSettings({
      NUBO_SERVICE: 'gateway',
      NATS_URL: text('NATS_URL'),
      NUBO_JWT_PUBLIC_KEY: stage.publicKey,
    });
    gateway = await startGateway();
    await eventually(async () => (await fetch(`${urlOf(gateway)}/health/ready`)).ok);
  });
  afterAll(async () => {
    await gateway?.close();
    restore?.();
    await stage?.stop();
  });

  const ask = (path: string, token: string, method = 'GET'): Promise<Response> =>
    fetch(`${urlOf(gateway)}${path}`, { method, headers: { Authorization: token } });
  const refusal = async (path: string, token: string, method?: string): Promise<string> => {
    const response = await ask(path, token, method);
    const { code } = (await response.json()) as { code?: string };
    return `${response.status} ${code}`;
  };
  async function login(email: string, password: string): Promise<string> {
    const response = await fetch(`${urlOf(gateway)}/iaas/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(response.status).toBe(201);
    return response.text();
  }
  async function people() {
    const tenant = await aTenant(stage);
    const { view, password } = await aMember(stage, tenant.owner);
    const token = await login(view.email, password);
    const path = `/iaas/users/${view.id}`;
    expect((await ask(path, token)).status).toBe(200);
    return { tenant, view, password, token, path };
  }

  it('is refused from the moment the user is removed, and for ever, and the owner sees who tried', async () => {
    const { tenant, view, token, path } = await people();
    const other = await people();
    await stage.app.call(deleteUser, contextOf(tenant.owner), { id: view.id });
    await eventually(async () => (await ask(path, token)).status === 401);
    await eventually(
      async () =>
        (await stage.em.query<unknown[]>('SELECT 1 FROM users WHERE id = $1', [view.id])).length === 0,
    );
    expect(await refusal(path, token)).toBe('401 session_revoked');
    expect(await refusal(`/iaas/tenants/${tenant.tenantId}`, `Bearer ${token}`, 'DELETE')).toBe(
      '401 session_revoked',
    );
    expect((await ask(other.path, other.token)).status).toBe(200);

    const owner = await login(tenant.email, tenant.password);
    const query = encodeURIComponent(`userId=${view.id} code=session_revoked action=tenant.tenants.delete`);
    const entries = await eventually(async () => {
      const found = (await (await ask(`/iaas/audit?query=${query}`, owner)).json()) as AuditView[];
      return found.length > 0 && found;
    });
    expect(entries).toMatchObject([
      { tenantId: tenant.tenantId, resourceId: tenant.tenantId, result: 'refused', address: '127.0.0.1' },
    ]);
  });

  it('is refused once another role is given, and a new one is let in', async () => {
    const { tenant, view, password, token, path } = await people();
    await stage.app.call(updateUser, contextOf(tenant.owner), { id: view.id, role: 'owner' });
    await eventually(async () => (await refusal(path, token)) === '401 session_revoked');
    const next = await login(view.email, password);
    expect((await ask(path, next)).status).toBe(200);
  });
});
