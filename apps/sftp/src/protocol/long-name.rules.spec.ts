import { longName } from './long-name.rules';

const NOW = Date.UTC(2026, 10, 25) / 1000;
const at = (mode: number, mtime: number): string => longName('n', { mode, size: 42, atime: 0, mtime }, NOW);

it('is a line as ls -l writes it', () => {
  expect(at(0o100644, NOW - 3600)).toBe('-rw-r--r--    1 nubo     nubo               42 Nov 24 23:00 n');
  expect(at(0o040755, NOW - 400 * 86_400)).toBe(
    'drwxr-xr-x    1 nubo     nubo               42 Oct 21  2025 n',
  );
  expect(at(0o120777, NOW)).toMatch(/^lrwxrwxrwx/);
});
