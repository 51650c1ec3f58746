import { registerTenant } from '@nubo/contracts';
import { wake } from '@nubo/reconcile';
import { eventually } from '@nubo/testing';
import { Mail } from '../../../../libs/entities/src/tenant';
import { Inbox } from '../testing/inbox';
import { aRegistration, nobody, openStage, type Stage } from '../testing/stage';

jest.setTimeout(60_000);

describe('a mail', () => {
  const inbox = new Inbox();
  let stage: Stage;
  beforeAll(async () => {
    await inbox.open();
    stage = await openStage({ inbox });
  });
  afterAll(() => stage?.stop());
  beforeEach(() => {
    inbox.refusal = undefined;
  });

  const register = async (): Promise<string> => {
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    return input.email;
  };
  const waiting = (recipient: string) => stage.em.existsBy(Mail, { recipient });
  const lastErrorOf = async (recipient: string): Promise<string | undefined> => {
    const [row] = await stage.em.query<{ last_error: string }[]>(
      `SELECT last_error FROM work JOIN mails m ON m.id = resource_id WHERE recipient = $1`,
      [recipient],
    );
    return row?.last_error;
  };

  it('leaves no row once it was taken, and is not sent again', async () => {
    const email = await register();
    const mail = await eventually(() => inbox.of(email)[0]);
    await eventually(async () => !(await waiting(email)));
    const id = mail.messageId.slice(1, mail.messageId.indexOf('@'));
    await wake(stage.em, 'mail', id);
    await eventually(
      async () => (await stage.em.query<[]>('SELECT 1 FROM work WHERE resource_id = $1', [id])).length === 0,
    );
    expect(inbox.of(email)).toHaveLength(1);
  });

  it('waits while the SMTP server is away, and nobody else has to', async () => {
    await inbox.close();
    const email = await register();
    await eventually(async () => (await lastErrorOf(email))?.includes('SMTP'));
    expect((await fetch(`${stage.app.url}/health/ready`)).status).toBe(200);
    await inbox.open();
    await eventually(() => inbox.of(email).length === 1);
    await eventually(async () => !(await waiting(email)));
  });

  it('waits when the server refuses it for now, and says with which reply', async () => {
    inbox.refusal = { code: 451, text: 'come back later' };
    const email = await register();
    await eventually(async () => (await lastErrorOf(email)) === 'the SMTP server, which said 451');
    inbox.refusal = undefined;
    await stage.em.query('UPDATE work SET due_at = now()');
    await eventually(() => inbox.of(email).length === 1);
  });

  it('is dropped when it was refused for good for a day', async () => {
    inbox.refusal = { code: 550, text: 'no such mailbox' };
    const email = await register();
    await eventually(async () => (await lastErrorOf(email)) === 'the SMTP server, which said 550');
    await stage.em.query(`UPDATE mails SET created_at = now() - interval '25 hours' WHERE recipient = $1`, [
      email,
    ]);
    await stage.em.query('UPDATE work SET due_at = now()');
    await eventually(async () => !(await waiting(email)));
    expect(inbox.of(email)).toEqual([]);
  });

  it('shows in the metrics what came of it', async () => {
    const text = await (await fetch(`${stage.app.url}/metrics`)).text();
    for (const result of ['sent', 'failed', 'dropped'])
      expect(text).toMatch(new RegExp(`nubo_mails_total\\{result="${result}"\\} [1-9]`));
  });
});
