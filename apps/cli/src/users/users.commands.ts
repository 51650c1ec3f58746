import type { Command } from 'commander';
import type { Cli } from '../commands/cli';
import { addList, addShow } from '../commands/standard';
import { users } from './users.noun';

export function addUserCommands(cli: Cli, program: Command): void {
  const parent = program.command('user').description('Users: of your tenant; all for an administrator.');
  addList(cli, parent, users);
  addShow(cli, parent, users);
}
