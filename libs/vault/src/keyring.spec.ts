import { randomBytes } from 'node:crypto';
import { ConfigError } from '@nubo/config';
import { Keyring } from './keyring';

const newKey = (): string => randomBytes(32).toString('base64url');
const [old, now] = [newKey(), newKey()];
const ring = (...keys: string[]): Keyring => Keyring.parse(keys.join('\n'), 'KEYS');
const unreadable = expect.objectContaining({ kind: 'internal', code: 'sealed_text_unreadable' }) as Error;

describe('a sealed text', () => {
  it('is opened by who has the key, and shows nothing of what is in it', () => {
    const sealed = ring(now).seal('hidden äöü', 'row 1');
    expect(ring(now).open(sealed, 'row 1')).toBe('hidden äöü');
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString()).not.toContain('hidden');
  });

  it('is another each time', () => {
    const all = Array.from({ length: 20 }, () => ring(now).seal('same', 'row 1'));
    expect(new Set(all).size).toBe(20);
  });

  it('is not opened for another row', () => {
    const sealed = ring(now).seal('hidden', 'row 1');
    expect(() => ring(now).open(sealed, 'row 2')).toThrow(unreadable);
  });

  it('is not opened once any part of it was changed', () => {
    const [format, id, body = ''] = ring(now).seal('hidden', 'row 1').split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const text = `${format}.${id}.${changed.toString('base64url')}`;
      expect(() => ring(now).open(text, 'row 1')).toThrow(unreadable);
    }
    const short = bytes.subarray(0, bytes.length - 4).toString('base64url');
    for (const text of [`${format}.${id}.${short}`, `${format}.${id}.`, `${format}.${id}`, 'hidden', ''])
      expect(() => ring(now).open(text, 'row 1')).toThrow(unreadable);
  });

  it('is opened by the key of its time, and sealed by the first', () => {
    const sealed = ring(old).seal('hidden', 'row 1');
    const both = ring(now, old);
    expect(both.open(sealed, 'row 1')).toBe('hidden');
    expect(sealed.startsWith(both.prefix)).toBe(false);
    const again = both.seal('hidden', 'row 1');
    expect(again.startsWith(both.prefix)).toBe(true);
    expect(ring(now).open(again, 'row 1')).toBe('hidden');
    expect(() => ring(now).open(sealed, 'row 1')).toThrow(unreadable);
  });
});

describe('keys', () => {
  it('are 32 bytes in either base64, with empty lines between them or not', () => {
    const bytes = randomBytes(32);
    const two = `\n${bytes.toString('base64')}\n\n${bytes.toString('base64url')}\n`;
    expect(Keyring.parse(two, 'KEYS').prefix).toBe(ring(bytes.toString('base64')).prefix);
  });

  it.each(['', '\n', 'too short', randomBytes(31).toString('base64'), `${newKey()}\nx`])(
    'are not %j',
    (text) => {
      expect(() => Keyring.parse(text, 'KEYS')).toThrow(ConfigError);
    },
  );

  it('are not in what is said of them', () => {
    expect(() => Keyring.parse('not a key', 'KEYS')).toThrow(/^KEYS must hold keys of 32 bytes in base64/);
  });
});
