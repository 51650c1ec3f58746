/** Running programs: in the foreground, or quietly with a log. Signals reach whatever runs. */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath, URL } from 'node:url';
import { Failure, say } from './progress.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

const HEARTBEAT_MS = 20_000;
const running = new Set();
let interrupted;

/** From now on signals go to the running programs; with none running we end. */
export function forwardSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => forward(signal));
}

function forward(signal) {
  interrupted = signal;
  // A terminal sends Ctrl-C to the whole group: the programs have it already.
  if (signal !== 'SIGINT' || !process.stdin.isTTY) running.forEach((program) => program.kill(signal));
  if (running.size === 0) process.exit(signalCode(signal));
}

/** Runs in the foreground; returns the exit code as a shell would give it. */
export function foreground(command, args, env = {}) {
  return run(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
}

/** Runs beside others; what it says is returned, for them not to speak at once. */
export async function inBackground(command, args) {
  const said = [];
  const hear = (program) => {
    for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk) => said.push(chunk));
  };
  const code = await run(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }, hear);
  return { code, output: Buffer.concat(said).toString() };
}

/** Runs with its output in `.nubo/logs/<log>.log`; throws a Failure that names the log when it fails. */
export async function quietly(what, log, [command, ...args], env = {}) {
  const path = logPath(log);
  const file = openSync(path, 'w');
  const heart = setInterval(() => say(`still ${what}`), HEARTBEAT_MS);
  say(what);
  try {
    const code = await run(command, args, { stdio: ['ignore', file, file], env: { ...process.env, ...env } });
    if (code !== 0)
      throw new Failure(`${what} failed (exit code ${code}); log: ${path}\n${tail(path)}`, code);
  } finally {
    clearInterval(heart);
    closeSync(file);
  }
}

async function run(command, args, options, hear = () => undefined) {
  const code = await exitOf(...dyingWithUs(command, args), { options: { cwd: root, ...options }, hear });
  // Nothing is started any more; a program that ended well because it was asked to has ended well.
  if (interrupted) throw new Failure(`ended by ${interrupted}`, code);
  return code;
}

function exitOf(command, args, { options, hear }) {
  return new Promise((resolve, reject) => {
    const program = spawn(command, args, options);
    running.add(program);
    hear(program);
    program.once('error', (error) => {
      running.delete(program);
      reject(new Failure(`${command}: ${error.message}`));
    });
    program.once('close', (code, signal) => {
      running.delete(program);
      resolve(signal ? signalCode(signal) : code);
    });
  });
}

/** If we are killed, the program is asked to end. */
function dyingWithUs(command, args) {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) ? [setpriv, ['--pdeathsig', 'TERM', '--', command, ...args]] : [command, args];
}

function logPath(name) {
  const path = join(root, '.nubo', 'logs', `${name}.log`);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

function tail(path) {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
}

function signalCode(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}
