import { Command, Option } from 'commander';
import { addAccountCommands } from './accounts/account.commands';
import { addSessionCommands } from './accounts/session.commands';
import { addAuditCommands } from './audit/audit.commands';
import type { Cli } from './commands/cli';
import { addCompletionCommand } from './completion/completion.commands';
import { duration } from './commands/parsers';
import { addDistributionCommands } from './distributions/distributions.commands';
import { addHostCommands } from './hosts/hosts.commands';
import { addImageCommands } from './images/images.commands';
import { addMachineTypeCommands } from './machine-types/machine-types.commands';
import { addMappingCommands } from './mappings/mappings.commands';
import { addProjectCommands } from './projects/projects.commands';
import { addQuotaCommands } from './quotas/quotas.commands';
import { addSubnetCommands } from './subnets/subnets.commands';
import { addTenantCommands } from './tenants/tenants.commands';
import { addUserCommands } from './users/users.commands';
import { VERSION } from './version';
import { addContainerCommands } from './containers/containers.commands';
import { addVmCommands } from './vms/vms.commands';
import { addVpcCommands } from './vpcs/vpcs.commands';

const TEN_MINUTES = 600_000;

/** The tree of all commands. A tree is parsed once: commander keeps what it parsed. */
export function programOf(cli: Cli): Command {
  const { stdout, stderr } = cli.runtime;
  const program = new Command('nubo')
    .description('Nubo, a private cloud. Without a command: type commands one after the other.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // What is wrong is said by whoever runs the program.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride();
  addCommonOptions(program);
  for (const add of [
    addSessionCommands,
    addAccountCommands,
    addVmCommands,
    addContainerCommands,
    addImageCommands,
    addVpcCommands,
    addSubnetCommands,
    addMappingCommands,
    addProjectCommands,
    addDistributionCommands,
    addMachineTypeCommands,
    addQuotaCommands,
    addUserCommands,
    addTenantCommands,
    addHostCommands,
    addAuditCommands,
    addCompletionCommand,
    addExit,
  ]) {
    add(cli, program);
  }
  return program;
}

/** Means something where lines are typed one after the other, and no harm elsewhere. */
function addExit(cli: Cli, program: Command): void {
  program
    .command('exit')
    .alias('quit')
    .description('Leave (when commands are typed one after the other).')
    .action(cli.action(async () => undefined));
}

function addCommonOptions(program: Command): void {
  program
    .addOption(
      new Option('--url <url>', 'where the platform is (NUBO_URL; default: where you are logged in)'),
    )
    .option('--json', 'answer JSON, and problem+json on stderr')
    .addOption(new Option('--wait', 'wait until what was asked for has happened').default(true, 'yes'))
    .option('--no-wait', 'do not wait until what was asked for has happened')
    .addOption(
      new Option('--timeout <time>', 'wait no longer than this')
        .argParser(duration)
        .default(TEN_MINUTES, '10m'),
    )
    .option('--dry-run', 'check everything, change nothing');
}
