/** The commands of installation, for people and (`--json`) for programs. Each loads what it needs: not everywhere all of it is there. */
import { createInterface } from 'node:readline/promises';
import { type Command } from 'commander';
import { type InstallReport } from './install';
import { installPlace, settingsFile } from './install-place';

interface InstallArguments {
  readonly prefix?: string;
  readonly port?: number;
  readonly tls?: boolean;
  readonly dryRun?: boolean;
  readonly start: boolean;
  readonly json?: boolean;
}

interface UninstallArguments {
  readonly prefix?: string;
  readonly purge?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addInstallation(cli: Command, port: (text: string) => number): void {
  cli
    .command('install')
    .description('install the platform as a service of systemd, or bring an installation up to date')
    .option('--port <port>', 'REST port (default: 8080, or what it was)', port)
    .option('--tls', 'the gateway answers over TLS (--no-tls: no longer; default: as it was)')
    .option('--no-tls')
    .option('--prefix <dir>', 'put everything below this folder and start nothing')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--no-start', 'write and do not start')
    .option('--json', 'print the result as JSON')
    .action(installAction);
  cli
    .command('uninstall')
    .description('stop the platform and remove what the installation has written; data stays')
    .option('--purge', 'remove data, keys, logs, settings and users too')
    .option('--prefix <dir>', 'what was installed below this folder')
    .option('--yes', 'do not ask')
    .option('--json', 'print the result as JSON')
    .action(uninstallAction);
  addParts(cli);
}

function addParts(cli: Command): void {
  const part = cli.command('part').description('what the units of an installation do around a start');
  part
    .command('prepare <name>')
    .requiredOption('--record <file>', 'record of the installation')
    .action(async (name: string, { record }: { record: string }) =>
      (await import('./part.js')).preparePart(name, record),
    );
  part
    .command('renew')
    .requiredOption('--record <file>', 'record of the installation')
    .action(async ({ record }: { record: string }) =>
      (await import('./part.js')).renewCertificates(record, say),
    );
  part
    .command('ready <name>')
    .requiredOption('--record <file>', 'record of the installation')
    .requiredOption('--pid <pid>', 'its process', Number)
    .action(async (name: string, { record, pid }: { record: string; pid: number }) =>
      (await import('./part.js')).awaitPart(name, record, pid),
    );
}

async function installAction({ json, ...options }: InstallArguments): Promise<void> {
  const [{ install }, { installText }] = await Promise.all([
    import('./install.js'),
    import('./report-text.js'),
  ]);
  const report = await install({ ...options, environment: process.env, onProgress: say });
  const failed = Object.values(report.states ?? {}).some((state) => state !== 'active');
  if (failed) process.exitCode = 1;
  print(json ? jsonOf(report) : installText(report, options));
}

/** Environments hold secrets: neither they nor their digests are shown. */
function jsonOf({ files, ...report }: InstallReport): string {
  const shown = files.map(({ path, mode, action }) => ({ path, mode: mode.toString(8), action }));
  return JSON.stringify({ ...report, files: shown }, null, 2);
}

async function uninstallAction({ json, yes, purge = false, prefix }: UninstallArguments): Promise<void> {
  const [{ announcement, uninstall }, { uninstallText }] = await Promise.all([
    import('./uninstall.js'),
    import('./report-text.js'),
  ]);
  const place = installPlace(prefix);
  if (!yes && !(await confirmed(announcement(place, purge)))) throw new Error('Nothing was removed.');
  const report = uninstall({ prefix, purge });
  print(json ? JSON.stringify(report, null, 2) : uninstallText(report, settingsFile(place)));
}

/** Throws when there is nobody to ask. */
async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error(`${what} Say --yes if that is meant.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${what} Go on? (yes/no) `)).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
