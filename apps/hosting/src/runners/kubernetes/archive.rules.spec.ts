import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { END, headerOf, paddingOf } from './archive.rules';

const folder = mkdtempSync(join(tmpdir(), 'nubo-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = [
  'a',
  'grüße/straße ☃.txt',
  `${'long/'.repeat(60)}name`,
  `${'ö'.repeat(50)}`,
  `${'ü'.repeat(49)}/${'x'.repeat(100)}`,
];

const fileOf = (path: string, text: string): Buffer[] => {
  const bytes = Buffer.from(text);
  return [headerOf({ path, size: bytes.length, mtime: 1_000_000_000 }), bytes, paddingOf(bytes.length)];
};

it('is unpacked by tar with every name and byte', () => {
  const parts = NAMES.flatMap((path) => fileOf(path, `${path}\n`.repeat(200)));
  const archive = Buffer.concat([...parts, END]);
  const { status, stderr } = spawnSync('tar', ['-x', '-C', folder], { input: archive });
  expect([status, String(stderr)]).toEqual([0, '']);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  expect(paths.sort()).toEqual([...NAMES].sort());
  for (const path of NAMES) expect(readFileSync(join(folder, path), 'utf8')).toBe(`${path}\n`.repeat(200));
});
