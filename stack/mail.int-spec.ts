import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { removeFolder } from './files';
import { caughtMails, startMail } from './mail';
import { freePort } from './ports';
import { temporaryFolder } from './testing';

jest.setTimeout(60_000);

describe('the mail catcher', () => {
  let folder: string;
  let mail: Awaited<ReturnType<typeof startMail>>;

  beforeAll(async () => {
    folder = temporaryFolder();
    mail = await startMail({
      dir: join(folder, 'mail'),
      smtpPort: await freePort(),
      inboxPort: await freePort(),
    });
  });
  afterAll(async () => {
    await mail.stop();
    removeFolder(folder);
  });

  it('takes mail over SMTP and shows it to those who ask for its receiver', async () => {
    const sender = createTransport(mail.url);
    await sender.sendMail({
      from: 'nubo@nubo.test',
      to: 'Ada@acme.test',
      subject: 'Grüße',
      text: 'one line',
    });
    await sender.sendMail({ from: 'nubo@nubo.test', to: 'bob@acme.test', subject: 'Other', text: 'x' });
    const [caught, ...others] = await caughtMails(mail.inboxUrl, 'ada@acme.test');
    expect(caught).toMatchObject({ subject: 'Grüße', text: 'one line\n' });
    expect(others).toEqual([]);
  });

  it('shows people a web page', async () => {
    const page = await fetch(mail.inboxUrl, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<html');
  });
});
