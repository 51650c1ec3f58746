/**
 * `npm run demo | start | install-service | uninstall-service | bench | edge-image | runtime-images | check | test | integration | e2e | slow | lab`, from nothing: needs Node and, except for
 * `start`, `bench`, `edge-image`, `runtime-images` and `check`, root on Debian 12. Installs what is missing, builds what has changed, then runs the command.
 */
import { join } from 'node:path';
import { foreground, forwardSignals, quietly, root } from './lib/commands.mjs';
import { canRun, ensureBuilt } from './lib/build.mjs';
import { runChecks } from './lib/checks.mjs';
import { ensureDebianPackages } from './lib/debian.mjs';
import { checkMachine } from './lib/machine.mjs';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { Failure, say } from './lib/progress.mjs';
import { lab, runGate, runProject } from './lib/tests.mjs';

const node = process.execPath;
const edge = (...args) => [join(root, 'dist/edge/cli.js'), ...args];
const runtimes = (...args) => [join(root, 'dist/runtimes/cli.js'), ...args];

const COMMANDS = {
  demo: (args) => foreground(node, [...lab('run', '--'), node, 'dist/demo/main.js', ...args]),
  start: (args) => foreground(node, ['dist/stack/cli.js', 'start', ...args]),
  'install-service': (args) => foreground(node, ['dist/stack/cli.js', 'install', ...args]),
  'uninstall-service': (args) => foreground(node, ['dist/stack/cli.js', 'uninstall', ...args]),
  lab: (args) => foreground(node, lab(...args)),
  'edge-image': (args) => foreground(node, edge(...args)),
  'runtime-images': (args) => foreground(node, runtimes(...args)),
  bench: (args) => foreground(node, ['dist/bench/main.js', ...args]),
  check: runChecks,
  test: runGate,
  integration: (args) => runProject('integration', args),
  e2e: (args) => runProject('e2e', args),
  slow: (args) => runProject('slow', args),
};

const WITHOUT_IMAGES = [
  'start',
  'install-service',
  'uninstall-service',
  'lab',
  'edge-image',
  'runtime-images',
];

async function main([command, ...args]) {
  const run = COMMANDS[command];
  if (!run) throw new Failure(`usage: node scripts/run.mjs ${Object.keys(COMMANDS).join(' | ')}`);
  forwardSignals();
  checkMachine(command);
  // What is installed is removed by what has installed it, also where nothing can be fetched.
  if (command === 'uninstall-service' && canRun('stack/systemd/uninstall.js')) return run(args);
  await ensureNodeModules();
  if (command === 'check') return run(args);
  // A lab, or nginx and OpenSSH's server.
  const needsLab = command === 'bench' && ['cdn', 'hosting'].includes(args[0]);
  await ensureDebianPackages(needsLab ? 'lab' : command);
  await ensureBuilt();
  await prepare(command, args);
  return run(args);
}

/** A lab has no way out: what is fetched is fetched before one is entered. */
async function prepare(command, [part]) {
  if (WITHOUT_IMAGES.includes(command)) return;
  await quietly('preparing the servers', 'servers', [node, 'dist/stack/cli.js', 'warm']);
  await quietly('preparing the edge image', 'edge-image', [node, ...edge()]);
  await quietly('preparing the images that projects run in', 'runtime-images', [node, ...runtimes()]);
  if (command === 'bench' && part !== 'cdn') return;
  await quietly('preparing the guest image', 'guest-image', [node, ...lab('image')]);
  if (command !== 'slow') return;
  await quietly('preparing the Debian guest image', 'debian-image', [node, ...lab('debian-image')]);
  await quietly('preparing Kubernetes (~5 min, once)', 'kubernetes', [node, ...lab('kubernetes')]);
  await quietly('preparing the disk of CDN instances', 'edge-disk', [node, ...edge('--vm')]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Failure ? error.message : error.stack);
  process.exitCode = error.exitCode ?? 1;
}
