import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const REPOSITORY = join(__dirname, '../../../..');
const GENERATOR = join(dirname(require.resolve('openapi-typescript/package.json')), 'bin/cli.js');

describe('the types of the client', () => {
  it('are those of docs/openapi.json (npm run client)', () => {
    const fresh = execFileSync(process.execPath, [GENERATOR, 'docs/openapi.json'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
      maxBuffer: 16 * 1_024 * 1_024,
    });
    const kept = readFileSync(join(REPOSITORY, 'apps/cli/src/generated/api.d.ts'), 'utf8');
    // Compared as one: thousands of lines of difference help nobody.
    expect(fresh.trimEnd() === kept.trimEnd()).toBe(true);
  }, 120_000);
});
