/** `node dist/stack/cli.js start | install | uninstall | keys | warm`: the platform without a lab. */
import { Command } from 'commander';
import type { StartOptions } from './run-until-signal';
import { addInstallation } from './systemd/commands';

/** Each command loads what it needs: units of systemd run this program around every start. */
function program(): Command {
  const cli = new Command('stack').description('The platform on this machine').showHelpAfterError();
  cli
    .command('start')
    .description('run the platform until Ctrl-C')
    .option('--data <dir>', 'data folder (default: NUBO_DATA_DIR, else .nubo/data)')
    .option('--port <port>', 'REST port', portNumber, 8080)
    .option('--tls', 'answer over TLS, with a certificate of the platform’s own authority')
    .action(async (options: StartOptions) => {
      const { runUntilSignal } = await import('./run-until-signal.js');
      process.exitCode = await runUntilSignal(options);
    });
  cli
    .command('keys')
    .description('make keys and server configuration for docker-compose')
    .requiredOption('--dir <dir>', 'folder for one sub-folder per container')
    .action(async ({ dir }: { dir: string }) => {
      const { prepareComposeVolumes } = await import('./compose-volumes.js');
      prepareComposeVolumes(dir);
    });
  cli
    .command('rotate-secrets-key')
    .description(
      'make a new key that seals variables in the database; restart compute and hosting afterwards',
    )
    .requiredOption('--keys <dir>', 'the folder of keys')
    .action(async ({ keys }: { keys: string }) => (await import('./keys.js')).rotateSecretsKey(keys));
  cli
    .command('dns-tables')
    .description('make the tables of PowerDNS in DATABASE_URL, for docker-compose')
    .action(async () => {
      const { ensureTables } = await import('./dns.js');
      const { secret } = await import('@nubo/config');
      await ensureTables(secret('DATABASE_URL'));
    });
  cli
    .command('warm')
    .description('fetch the server binaries into the cache')
    .action(async () => (await import('./cache-warm.js')).warmCache());
  addInstallation(cli, portNumber);
  return cli;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_526) return port;
  throw new Error(`${text} is no port`);
}

program()
  .parseAsync()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
