#!/usr/bin/env node
import { parseArguments, USAGE, type Arguments } from './arguments';
import { debianImage } from './debian-image';
import { LabError } from './errors';
import { guestImage } from './image';
import { kubernetesPrograms } from './kubernetes/cluster';
import { Lab } from './lab';
import { findRemains } from './leftovers';
import { createLab, endLab, runInLab, type OwnedLab } from './owner';
import { requireMachine } from './machine';
import { findLab, isAlive, sweep, destroy, type LabState } from './state';
import { Signals } from './signals';
import { formatStatus, readStatus } from './status';

const STAYING_NAME = 'lab';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const signals = new Signals();

async function main(words: readonly string[]): Promise<number> {
  const args = parseArguments(words);
  if (args.command === 'help') process.stdout.write(USAGE);
  if (args.command === 'help') return 0;
  requireMachine();
  if (args.command === 'image') return printImage(guestImage);
  if (args.command === 'debian-image') return printImage(debianImage);
  if (args.command === 'kubernetes') return printImage(kubernetesPrograms);
  await clean();
  switch (args.command) {
    case 'run':
      return run(args);
    case 'up':
      return up(args);
    case 'down':
      return down(args);
    case 'exec':
      return runInLab(staying(args), args.argv, signals);
    case 'start':
    case 'off':
      return power(args);
    case 'status':
      return status(args);
  }
}

async function clean(): Promise<void> {
  for (const name of await sweep()) say(`removed what was left of lab ${name}`);
}

async function run(args: Arguments): Promise<number> {
  const lab = await make(args, 'run');
  const code = await runAndEnd(lab, args);
  const remains = findRemains(lab.state);
  remains.forEach((remain) => say(`lab ${lab.state.name} left: ${remain}`));
  if (remains.length === 0) say(`lab ${lab.state.name} is down, nothing is left of it`);
  return remains.length > 0 && code === 0 ? 1 : code;
}

async function runAndEnd(lab: OwnedLab, args: Arguments): Promise<number> {
  try {
    return await runProgram(lab.state, args);
  } finally {
    await endLab(lab);
  }
}

async function runProgram(state: LabState, args: Arguments): Promise<number> {
  const code = await startHosts(state, args.hosts);
  return code === 0 ? (signals.code ?? runInLab(state, args.argv, signals)) : code;
}

async function up(args: Arguments): Promise<number> {
  const lab = await make(args, 'up');
  const code = await startHosts(lab.state, args.hosts);
  if (code !== 0) await destroy(lab.state);
  return code;
}

async function make(args: Arguments, mode: 'run' | 'up'): Promise<OwnedLab> {
  const began = Date.now();
  const name = args.name ?? (mode === 'run' ? `t${process.pid}` : STAYING_NAME);
  const lab = await createLab(name, mode);
  say(`lab ${name} is up (${Date.now() - began} ms)`);
  return lab;
}

async function startHosts(state: LabState, hosts: readonly string[]): Promise<number> {
  if (hosts.length === 0) return 0;
  return runCommand(state, 'start', hosts);
}

async function down(args: Arguments): Promise<number> {
  const state = staying(args);
  await destroy(state);
  say(`lab ${state.name} is down`);
  return 0;
}

async function power(args: Arguments): Promise<number> {
  if (!process.env.NUBO_LAB) return runCommand(staying(args), args.command, args.hosts);
  const lab = await Lab.attach();
  const began = Date.now();
  if (args.command === 'off') await Promise.all(args.hosts.map((host) => lab.powerOff(host)));
  else await lab.startHosts(args.hosts);
  say(`${args.hosts.join(', ')} ${args.command === 'off' ? 'off' : 'on'} (${Date.now() - began} ms)`);
  return 0;
}

/** Runs a command of this program inside a lab. */
function runCommand(state: LabState, command: string, hosts: readonly string[]): Promise<number> {
  return runInLab(state, [process.execPath, __filename, command, '--hosts', hosts.join(',')], signals);
}

function staying(args: Arguments): LabState {
  const name = args.name ?? STAYING_NAME;
  const state = findLab(name);
  if (state && isAlive(state)) return state;
  throw new LabError(
    `There is no lab named "${name}". See "lab status", or make it with "lab up --name ${name}".`,
  );
}

function status(args: Arguments): number {
  const labs = readStatus().filter((lab) => !args.name || lab.name === args.name);
  process.stdout.write(args.json ? `${JSON.stringify(labs, null, 2)}\n` : formatStatus(labs));
  return args.name && labs.length === 0 ? 1 : 0;
}

async function printImage(image: typeof guestImage): Promise<number> {
  process.stdout.write(`${await image(say)}\n`);
  return 0;
}

// Whoever read our output may have gone; the lab must be taken down all the same.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof LabError ? `lab: ${error.message}` : String((error as Error).stack));
    process.exit(1);
  },
);
