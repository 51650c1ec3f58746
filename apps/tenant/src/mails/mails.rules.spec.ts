import { accountExistsMail, activationMail, isHopeless, retryDelayMs } from './mails.rules';

const DAY_MS = 86_400_000;
const activation = {
  publicUrl: 'https://cloud.test',
  tenantId: '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11',
  name: 'blue-lab',
  again: false,
};

describe('the activation mail', () => {
  it('holds the UUID and a command that can be pasted', () => {
    const { subject, text } = activationMail(activation);
    expect(subject).toBe('Activate your Nubo tenant blue-lab');
    expect(text).toContain(
      [
        `curl -X POST https://cloud.test/iaas/tenants/${activation.tenantId}/activation \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '{"password":"your password"}'`,
      ].join('\n'),
    );
  });

  it('says the same as a web page, with nothing that a browser takes for a tag', () => {
    const { html } = activationMail({ ...activation, publicUrl: 'https://cloud.test/?a=1&b=<2>' });
    expect(html).toContain('https://cloud.test/?a=1&amp;b=&lt;2&gt;');
    expect(html).toContain('{&quot;password&quot;');
    expect(html).toContain('<pre>curl');
  });

  it('tells a second registration from the first', () => {
    expect(activationMail(activation).text).not.toContain('registered before');
    expect(activationMail({ ...activation, again: true }).text).toContain('registered before');
  });
});

describe('the mail to somebody who has an account', () => {
  it('holds no UUID', () => {
    expect(accountExistsMail('https://cloud.test').text).not.toMatch(/[0-9a-f]{8}-/);
  });
});

describe('a mail that was not taken', () => {
  it('is tried again soon while no server answers', () => {
    expect([1, 2, 3, 20].map((attempt) => retryDelayMs({}, attempt))).toEqual([250, 500, 1_000, 15_000]);
  });

  it('is tried again later when the server refused it', () => {
    const delays = [1, 2, 20].map((attempt) => retryDelayMs({ replyCode: 451 }, attempt));
    expect(delays).toEqual([5_000, 10_000, 900_000]);
  });

  it('is given up only when it was refused for good and is a day old', () => {
    expect(isHopeless({ replyCode: 550 }, DAY_MS + 1)).toBe(true);
    expect(isHopeless({ replyCode: 550 }, DAY_MS)).toBe(false);
    expect(isHopeless({ replyCode: 451 }, 30 * DAY_MS)).toBe(false);
    expect(isHopeless({}, 30 * DAY_MS)).toBe(false);
  });
});
