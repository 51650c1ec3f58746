import { registerTenant, unavailable } from '@nubo/contracts';
import { Run, Worker } from '@nubo/reconcile';
import { Mail } from '../../../../libs/entities/src/tenant';
import { aRegistration, nobody, openStage, type Stage } from '../testing/stage';
import { MailsReconciler } from './mails.reconciler';

jest.setTimeout(60_000);

describe('sending a mail', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ overrides: [[Worker, { register: () => undefined }]] });
  });
  afterAll(() => stage?.stop());

  const run = (id: string, beforeStep?: (step: string) => void) => {
    const { signal } = new AbortController();
    return stage.app
      .get(MailsReconciler)
      .run(id, new Run({ kind: 'mail', id, fence: 1, attempt: 1, signal, beforeStep }));
  };
  const queued = async (): Promise<Mail> => {
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    return stage.em.findOneByOrFail(Mail, { recipient: input.email });
  };

  it('is done once, although the row could not be removed at first', async () => {
    const { id, recipient } = await queued();
    const noDatabase = (step: string): void => {
      if (step.includes('forgotten')) throw unavailable('database_unavailable', 'the database is away');
    };
    await expect(run(id, noDatabase)).rejects.toThrow('the database is away');
    expect(await stage.em.existsBy(Mail, { id })).toBe(true);
    expect(await run(id)).toEqual({ is: 'gone' });
    expect(await stage.em.existsBy(Mail, { id })).toBe(false);
    expect(stage.inbox.of(recipient)).toHaveLength(1);
  });

  it('waits longer from try to try when the server refuses', async () => {
    const { id } = await queued();
    stage.inbox.refusal = { code: 450, text: 'busy' };
    const what = 'the SMTP server, which said 450';
    expect(await run(id)).toEqual({ is: 'waiting', for: what, afterMs: 5_000 });
    expect(await stage.em.existsBy(Mail, { id })).toBe(true);
  });
});
