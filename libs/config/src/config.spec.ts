import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, integer, list, overrideSettings, portRange, secret, text } from '.';

const restores: (() => void)[] = [];
const set = (values: Record<string, string>): void => {
  restores.unshift(overrideSettings(values));
};
afterEach(() => restores.splice(0).forEach((restore) => restore()));

describe('a text', () => {
  it('is the variable, else the fallback, also for an empty variable', () => {
    set({ T_ONE: 'one', T_EMPTY: '' });
    expect(text('T_ONE', 'x')).toBe('one');
    expect(text('T_EMPTY', 'x')).toBe('x');
    expect(text('T_MISSING', 'x')).toBe('x');
  });

  it('that is missing is named', () => {
    expect(() => text('T_MISSING')).toThrow(new ConfigError('T_MISSING must be set: a text'));
  });
});

describe('an integer', () => {
  it('lies within its bounds', () => {
    set({ T_N: '5' });
    expect(integer('T_N', 1, [2, 50])).toBe(5);
    expect(integer('T_MISSING', 7, [2, 50])).toBe(7);
  });

  it.each(['1', '51', '5.5', 'five', ' ', '0x10', '1e1', '-3'])('is not %p', (value) => {
    set({ T_N: value });
    expect(() => integer('T_N', 5, [2, 50])).toThrow('T_N must be set: an integer from 2 to 50');
  });
});

describe('a secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nubo-config-'));
  const file = join(folder, 'key');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is the variable, or what is in the file that NAME_FILE names', () => {
    writeFileSync(file, 'line one\nline two\n');
    set({ T_KEY: 'from env' });
    expect(secret('T_KEY')).toBe('from env');
    set({ T_KEY_FILE: file });
    expect(secret('T_KEY')).toBe('line one\nline two');
  });

  it('whose file is missing or empty is named', () => {
    set({ T_KEY_FILE: join(folder, 'none') });
    expect(() => secret('T_KEY')).toThrow(ConfigError);
    expect(() => secret('T_KEY')).toThrow(/^T_KEY_FILE must be set: a file that can be read \(ENOENT/);
    writeFileSync(file, '\n');
    set({ T_KEY_FILE: file });
    expect(() => secret('T_KEY')).toThrow('T_KEY_FILE must be set: a file that is not empty');
  });

  it('that is missing is named', () => {
    expect(() => secret('T_KEY')).toThrow('T_KEY must be set');
  });
});

describe('a list', () => {
  it('is split at commas', () => {
    set({ T_LIST: ' 10.0.0.0/8, 192.0.2.0/24,,' });
    expect(list('T_LIST')).toEqual(['10.0.0.0/8', '192.0.2.0/24']);
    expect(list('T_MISSING')).toEqual([]);
  });
});

describe('a port range', () => {
  it('is first and last', () => {
    expect(portRange('T_MISSING', '4000-4100')).toEqual({ first: 4000, last: 4100 });
  });

  it.each(['4100-4000', '0-10', '1-65536', '4000', 'a-b', '4000-4100-1'])('is not %p', (value) => {
    set({ T_PORTS: value });
    expect(() => portRange('T_PORTS', '1-2')).toThrow('a port range like 4000-4100');
  });
});
