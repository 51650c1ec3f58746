/** The gate: checks and unit tests here, integration and e2e in a lab. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { runChecks } from './checks.mjs';
import { foreground, root } from './commands.mjs';
import { say } from './progress.mjs';

/** e2e stories bring up whole platforms with hosts of the same names: one at a time in a lab. */
const WORKERS = { integration: ['--maxWorkers=2'], e2e: ['--runInBand'], slow: ['--runInBand'] };

/**
 * So many e2e stories wait for guests that two run beside one another, each in a lab: these, and all others. Beside the
 * integration tests they make guests too slow for them on two cores.
 */
const FIRST_LANE = 'e2e/(story|cdn|attacks)\\.';

/** Returns the exit code; the last line says how many tests passed and failed. */
export async function runGate(args) {
  return withReports(async (report) => {
    const code = await check(report('unit'));
    if (code !== 0) return [code];
    return [await runOne('integration', args, report), ...(await runLanes(args, report))];
  });
}

export async function runProject(project, args) {
  return withReports(async (report) => [await runOne(project, args, report)]);
}

async function withReports(run) {
  const folder = mkdtempSync(join(tmpdir(), 'nubo-reports-'));
  const reports = [];
  const report = (name) => reports[reports.push(join(folder, `${name}.json`)) - 1];
  try {
    const codes = await run(report);
    process.stdout.write(`\n${summary(reports)}\n`);
    return codes.find((code) => code !== 0) ?? 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function check(file) {
  const what = 'format, lint, walls, types, unit tests';
  say(what);
  return told(what, await runChecks(['--json', `--outputFile=${file}`]));
}

function told(what, code) {
  if (code !== 0) say(`failed (exit code ${code}): ${what}; see above`);
  return code;
}

/** All projects run, also when one fails: a person wants to see every failure of a run. */
function runOne(project, args, report, name = project) {
  return inLab(name, jestIn(project, args, report(name)));
}

/** A cache each: jest (30.5) names its drafts by process ids, and those of labs are not of one namespace. */
function runLanes(args, report) {
  const lanes = ['--testPathPatterns', '--testPathIgnorePatterns'].map((option, n) => {
    const name = `e2e-${n + 1}`;
    const cache = `--cacheDirectory=${join(root, '.nubo/jest', name)}`;
    return runOne('e2e', [option, FIRST_LANE, cache, ...args], report, name);
  });
  return Promise.all(lanes);
}

async function inLab(project, inside) {
  const what = `${project} tests, in a lab of their own`;
  say(what);
  return told(what, await foreground(process.execPath, [...lab('run', '--'), ...inside]));
}

function jestIn(project, args, file) {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const output = ['--json', `--outputFile=${file}`];
  return [process.execPath, jest, '--selectProjects', project, ...WORKERS[project], ...output, ...args];
}

export function lab(...args) {
  return [join(root, 'dist/lab/cli.js'), ...args];
}

/** How many passed and failed, below what failed: a long run's failures are far up. A run that left no report failed. */
function summary(reports) {
  const results = reports.map((file) =>
    existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : NO_REPORT,
  );
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const passed = sum((result) => result.numPassedTests);
  const failed = sum((result) => result.numFailedTests + result.numRuntimeErrorTestSuites);
  return [...results.flatMap(failuresOf), `${passed} passed, ${failed} failed`].join('\n');
}

const NO_REPORT = { numPassedTests: 0, numFailedTests: 1, numRuntimeErrorTestSuites: 0, testResults: [] };

function failuresOf({ testResults }) {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      const lines = failed.map(
        ({ fullName, failureMessages }) => `${fullName}: ${firstOf(failureMessages[0])}`,
      );
      return [
        `failed: ${relative(root, name)}`,
        ...(failed.length ? lines : [firstOf(message)]).map((line) => `  ${line}`),
      ];
    });
}

/** The lines of a failure before its stack, as one. */
function firstOf(message = '') {
  const said = stripVTControlCharacters(message).split(/\n\s+at /)[0];
  return said.replace(/\s+/g, ' ').trim().slice(0, SAID_CHARS);
}

const SAID_CHARS = 500;
