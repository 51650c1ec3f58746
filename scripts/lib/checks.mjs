/** What `npm run check` does: the static checks two at a time, as most of them use one core; then the unit tests. */
import { performance } from 'node:perf_hooks';
import { foreground, inBackground, root } from './commands.mjs';
import { npm } from './node-modules.mjs';
import { say } from './progress.mjs';
import { join } from 'node:path';

/** Scripts of package.json, the longest first. */
const CHECKS = ['lint', 'types', 'format:check', 'walls', 'lint:api'];
const AT_ONCE = 2;

/** Returns the exit code. All checks end before the unit tests begin, which `args` go to. */
export async function runChecks(args) {
  const code = await staticChecks();
  return code === 0 ? unitTests(args) : code;
}

async function staticChecks() {
  const waiting = [...CHECKS];
  const codes = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) codes.push(await check(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return codes.find((code) => code !== 0) ?? 0;
}

async function check(script) {
  const [command, ...args] = npm();
  const began = performance.now();
  const { code, output } = await inBackground(command, [...args, 'run', '-s', script]);
  const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  if (code !== 0) process.stdout.write(`${output}\n`);
  say(code === 0 ? `${script}: fine (${took})` : `${script}: failed (exit code ${code}), see above`);
  return code;
}

function unitTests(args) {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  return foreground(process.execPath, [jest, '--selectProjects', 'unit', ...args]);
}
