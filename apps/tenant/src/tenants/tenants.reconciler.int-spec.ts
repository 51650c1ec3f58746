import { deleteTenant, registerTenant, REVOCATION_BUCKET, tenantClosing } from '@nubo/contracts';
import { BusConnection } from '@nubo/messaging';
import { release, reserve } from '@nubo/quota';
import { Run, Worker, type Outcome } from '@nubo/reconcile';
import { OutboxRelay } from '@nubo/persistence';
import { randomUUID } from 'node:crypto';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import { aRegistration, asAdmin, nobody, openStage, type Stage } from '../testing/stage';
import { traces } from '../testing/traces';
import { TenantsReconciler } from './tenants.reconciler';

jest.setTimeout(60_000);

class Killed extends Error {}

describe('deleting a tenant', () => {
  let stage: Stage;
  let reconciler: TenantsReconciler;
  beforeAll(async () => {
    const still = { register: () => undefined };
    stage = await openStage({
      overrides: [
        [Worker, still],
        [OutboxRelay, {}],
      ],
    });
    reconciler = stage.app.get(TenantsReconciler);
  });
  afterAll(() => stage?.stop());

  const closing = async (): Promise<{ id: string; userId: string; email: string }> => {
    const { email, ...input } = aRegistration();
    await stage.app.call(registerTenant, nobody(), { email, ...input });
    const { tenantId, id: userId } = await stage.em.findOneByOrFail(User, { email });
    const id = tenantId as string;
    await stage.app.call(deleteTenant, asAdmin({ idempotencyKey: id }), { id });
    return { id, userId, email };
  };
  /** The steps taken, of which the one with number `dieBefore` is not. */
  const run = async (id: string, dieBefore = Infinity, attempt = 1): Promise<[Outcome | null, string[]]> => {
    const steps: string[] = [];
    const beforeStep = (step: string): void => {
      if (steps.length === dieBefore) throw new Killed(step);
      steps.push(step);
    };
    const { signal } = new AbortController();
    const options = { kind: 'tenant', id, fence: 1, attempt, signal, beforeStep };
    const outcome = await reconciler.run(id, new Run(options)).catch((error: unknown) => {
      if (error instanceof Killed) return null;
      throw error;
    });
    return [outcome, steps];
  };
  /** The reconciler's worker is still: its own rows are the worker's to remove. */
  const left = async (id: string, email: string) => {
    const found = await traces(stage.em, id, email);
    return Object.keys(found).filter((table) => !['tenant.work', 'tenant.outbox'].includes(table));
  };
  const announced = async (id: string): Promise<number> => {
    const [{ n }] = await stage.em.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM outbox WHERE subject = $1 AND payload ->> 'tenantId' = $2`,
      [tenantClosing.subject, id],
    );
    return n;
  };

  it('leaves nothing, whichever step it dies before', async () => {
    const { id, email } = await closing();
    const [outcome, steps] = await run(id);
    expect(outcome).toEqual({ is: 'gone' });
    expect(await left(id, email)).toEqual([]);
    expect(steps.length).toBeGreaterThan(2);
    for (let dieBefore = 0; dieBefore < steps.length; dieBefore += 1) {
      const other = await closing();
      expect(await run(other.id, dieBefore)).toEqual([null, steps.slice(0, dieBefore)]);
      expect((await run(other.id, Infinity, 2))[0]).toEqual({ is: 'gone' });
      expect(await left(other.id, other.email)).toEqual([]);
    }
  });

  it('ends the sessions of its users before it forgets them', async () => {
    const { id, userId } = await closing();
    await run(id);
    const kv = await stage.app.get(BusConnection).get().jetstream().views.kv(REVOCATION_BUCKET);
    expect((await kv.get(userId))?.json()).toEqual({ epoch: 1 });
  });

  it('is gone when it is run once more', async () => {
    const { id } = await closing();
    await run(id);
    expect(await run(id)).toEqual([{ is: 'gone' }, []]);
  });

  it('forgets nothing while anything is in the ledger', async () => {
    const { email, ...input } = aRegistration();
    await stage.app.call(registerTenant, nobody(), { email, ...input });
    const { tenantId, id: userId } = await stage.em.findOneByOrFail(User, { email });
    const id = tenantId as string;
    const vpc = randomUUID();
    await stage.em.transaction((em) => reserve(em, { tenantId: id, userId }, vpc, { vpcs: 1 }));
    await stage.app.call(deleteTenant, asAdmin(), { id });
    const [outcome] = await run(id);
    expect(outcome).toEqual({ is: 'waiting', for: 'what is left of it: 1 vpcs', afterMs: 500 });
    expect(await left(id, email)).toContain('tenant.users');
    await stage.em.transaction((em) => release(em, vpc));
    expect((await run(id, Infinity, 2))[0]).toEqual({ is: 'gone' });
  });

  it('does not pile up announcements while the bus is away', async () => {
    const { id, email } = await closing();
    await stage.em.query(`INSERT INTO quota.ledger VALUES ($1, 'vms', $2, $3, 1)`, [
      randomUUID(),
      id,
      randomUUID(),
    ]);
    for (const attempt of [1, 7, 13]) await run(id, Infinity, attempt);
    expect(await announced(id)).toBe(1);
    expect(await left(id, email)).toContain('tenant.tenants');
  });

  it('is not done to a registration that was made again at the last moment', async () => {
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    const { tenantId } = await stage.em.findOneByOrFail(User, { email: input.email });
    const id = tenantId as string;
    await stage.em.query(`UPDATE tenants SET created_at = now() - interval '8 days' WHERE id = $1`, [id]);
    const beforeStep = () => stage.app.call(registerTenant, nobody(), input).then(() => undefined);
    const { signal } = new AbortController();
    await reconciler.run(id, new Run({ kind: 'tenant', id, fence: 1, attempt: 1, signal, beforeStep }));
    expect(await stage.em.findOneByOrFail(Tenant, { id })).toMatchObject({ state: 'pending' });
  });

  it('says after its deadline what it waits for', async () => {
    const { id } = await closing();
    await reconciler.expired(id, 'waiting for what is left of it: 1 vms');
    const [row] = await stage.em.query<object[]>('SELECT state, state_reason FROM tenants WHERE id = $1', [
      id,
    ]);
    expect(row).toEqual({ state: 'deleting', state_reason: 'waiting for what is left of it: 1 vms' });
  });
});
