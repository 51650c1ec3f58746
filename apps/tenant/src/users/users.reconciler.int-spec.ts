import { randomUUID } from 'node:crypto';
import { deleteUser, REVOCATION_BUCKET, userClosing } from '@nubo/contracts';
import { BusConnection } from '@nubo/messaging';
import { OutboxRelay } from '@nubo/persistence';
import { release, reserve } from '@nubo/quota';
import { Run, Worker, type Outcome } from '@nubo/reconcile';
import { contextOf, someone } from '@nubo/testing';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import { openAccount } from '@nubo/quota';
import { aMember, openStage, type Stage } from '../testing/stage';
import { traces } from '../testing/traces';
import { UsersReconciler } from './users.reconciler';

jest.setTimeout(60_000);

class Killed extends Error {}

describe('the deletion of a user', () => {
  let stage: Stage;
  let reconciler: UsersReconciler;
  const owner = someone('owner');
  beforeAll(async () => {
    const still = { register: () => undefined };
    stage = await openStage({
      overrides: [
        [Worker, still],
        [OutboxRelay, {}],
      ],
    });
    reconciler = stage.app.get(UsersReconciler);
    const id = owner.tenantId as string;
    const row = { id, name: 'blue', tenantId: id, userId: owner.userId, state: 'active' };
    await stage.em.insert(Tenant, row);
    await openAccount(stage.em, id);
  });
  afterAll(() => stage?.stop());

  interface Closing {
    id: string;
    email: string;
  }
  const closing = async (vm?: string): Promise<Closing> => {
    const { view, who } = await aMember(stage, owner);
    if (vm) await stage.em.transaction((em) => reserve(em, who, vm, { vms: 1 }));
    await stage.app.call(deleteUser, contextOf(owner, { idempotencyKey: view.id }), { id: view.id });
    return view;
  };
  /** The steps taken, of which the one with number `dieBefore` is not. */
  const run = async (id: string, dieBefore = Infinity, attempt = 1): Promise<[Outcome | null, string[]]> => {
    const steps: string[] = [];
    const beforeStep = (step: string): void => {
      if (steps.length === dieBefore) throw new Killed(step);
      steps.push(step);
    };
    const { signal } = new AbortController();
    const options = { kind: 'user', id, fence: 1, attempt, signal, beforeStep };
    const outcome = await reconciler.run(id, new Run(options)).catch((error: unknown) => {
      if (error instanceof Killed) return null;
      throw error;
    });
    return [outcome, steps];
  };
  /** Work and outbox are the worker's, which is still; that the account is closed is known until the tenant goes. */
  const others = ['tenant.work', 'tenant.outbox', 'quota.user_accounts'];
  const left = async ({ id, email }: Closing) =>
    Object.keys(await traces(stage.em, id, email)).filter((table) => !others.includes(table));

  it('leaves nothing, whichever step it dies before, and may run again', async () => {
    const first = await closing();
    const [outcome, steps] = await run(first.id);
    expect(outcome).toEqual({ is: 'gone' });
    expect(await left(first)).toEqual([]);
    expect(await run(first.id)).toEqual([{ is: 'gone' }, []]);
    expect(steps.length).toBeGreaterThan(2);
    for (let dieBefore = 0; dieBefore < steps.length; dieBefore += 1) {
      const other = await closing();
      expect(await run(other.id, dieBefore)).toEqual([null, steps.slice(0, dieBefore)]);
      expect((await run(other.id, Infinity, 2))[0]).toEqual({ is: 'gone' });
      expect(await left(other)).toEqual([]);
    }
  });

  it('revokes the tokens before the user is forgotten', async () => {
    const { id } = await closing();
    await run(id);
    const kv = await stage.app.get(BusConnection).get().jetstream().views.kv(REVOCATION_BUCKET);
    expect((await kv.get(id))?.json()).toEqual({ epoch: 1 });
  });

  it('forgets nothing while anything is in the ledger, and does not pile up announcements', async () => {
    const vm = randomUUID();
    const user = await closing(vm);
    for (const attempt of [1, 7, 13])
      expect((await run(user.id, Infinity, attempt))[0]).toEqual({
        is: 'waiting',
        for: 'what is left of it: 1 vms',
        afterMs: 500,
      });
    const [{ n }] = await stage.em.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM outbox WHERE subject = $1 AND payload ->> 'userId' = $2`,
      [userClosing.subject, user.id],
    );
    expect(n).toBe(1);
    expect(await stage.em.existsBy(User, { id: user.id })).toBe(true);
    await stage.em.transaction((em) => release(em, vm));
    expect((await run(user.id, Infinity, 2))[0]).toEqual({ is: 'gone' });
    expect(await left(user)).toEqual([]);
  });

  it('waits for what came after it had looked', async () => {
    const { id } = await closing();
    const beforeStep = async (step: string): Promise<void> => {
      const sql = `INSERT INTO quota.ledger (resource_id, kind, user_id, amount) VALUES ($1, 'vms', $2, 1)`;
      if (step === 'ensure that it is forgotten') await stage.em.query(sql, [randomUUID(), id]);
    };
    const { signal } = new AbortController();
    const late = new Run({ kind: 'user', id, fence: 1, attempt: 2, signal, beforeStep });
    expect(await reconciler.run(id, late)).toMatchObject({ for: 'what is left of it: 1 vms' });
    expect(await stage.em.existsBy(User, { id })).toBe(true);
  });

  it('leaves somebody alone who is not being deleted', async () => {
    const { view } = await aMember(stage, owner);
    expect(await run(view.id)).toEqual([{ is: 'settled' }, []]);
    await reconciler.expired(view.id, 'anything');
    expect(await stage.em.findOneBy(User, { id: view.id })).toMatchObject({ stateReason: null });
  });

  it('says after its deadline what it waits for', async () => {
    const { id } = await closing(randomUUID());
    await reconciler.expired(id, 'waiting for what is left of it: 1 vms');
    expect(await stage.em.findOneBy(User, { id })).toMatchObject({
      state: 'deleting',
      stateReason: 'waiting for what is left of it: 1 vms',
    });
  });
});
