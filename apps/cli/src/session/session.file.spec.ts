import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Session } from './session';
import { SessionFile, sessionPath } from './session.file';

const session: Session = {
  url: 'http://127.0.0.1:8080',
  email: 'ada@blue.example',
  tenantId: null,
  userId: '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10',
  role: 'admin',
  token: 'x.y.z',
  expiresAt: '2026-05-04T10:00:00.000Z',
};

describe('the session file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nubo-session-'));
  const file = new SessionFile(join(folder, 'nubo/session.json'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is none before somebody logs in', () => {
    expect(file.read()).toBeUndefined();
  });

  it('gives back what was kept, mode 600 in a folder of mode 700, and leaves no draft', () => {
    file.write(session);
    file.write(session);
    expect(file.read()).toEqual(session);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file.path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(file.path))).toEqual(['session.json']);
  });

  it.each([0o640, 0o604, 0o620])('is refused when its mode is %o', (mode) => {
    file.write(session);
    chmodSync(file.path, mode);
    expect(() => file.read()).toThrow('Others can read the session file');
  });

  it.each(['', '{', 'null', '{"url": "http://h"}', JSON.stringify({ ...session, token: 5 })])(
    'that holds %j is damaged',
    (text) => {
      rmSync(file.path, { force: true });
      writeFileSync(file.path, text, { mode: 0o600 });
      expect(() => file.read()).toThrow('is damaged');
    },
  );

  it('goes away', () => {
    file.write(session);
    file.remove();
    file.remove();
    expect(file.read()).toBeUndefined();
  });

  it('is where NUBO_SESSION says, else in the XDG folder, else in ~/.config', () => {
    const home = '/home/ada';
    expect(sessionPath({ home, env: { NUBO_SESSION: '/run/s.json', XDG_CONFIG_HOME: '/x' } })).toBe(
      '/run/s.json',
    );
    expect(sessionPath({ home, env: { XDG_CONFIG_HOME: '/x' } })).toBe('/x/nubo/session.json');
    expect(sessionPath({ home, env: {} })).toBe('/home/ada/.config/nubo/session.json');
  });
});
