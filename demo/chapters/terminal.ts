import { join } from 'node:path';
import type { ImageView, ShareView, VmView } from '@nubo/contracts';
import { CommandLine } from '../command-line';
import type { Step } from '../step';
import type { World } from '../world';
import { login } from './platform';
import { assertThat } from './reachability';

const NAME = 'desk';

export const terminal: Step[] = [
  { title: 'Ada logs in; the session is in a file that only she may read', run: logIn },
  { title: 'She lists her VMs', run: (world) => nubo(world).shown('vm', 'ls', 'state=running') },
  {
    title: 'She makes one from an image and its memory alone: her default network is made for it',
    run: makeVm,
  },
  { title: 'She opens a port to it', run: (world) => nubo(world).shown('pat', 'add', NAME, '22') },
  { title: 'She shares it with Grace, and takes it back', run: share },
  { title: 'She stops it and starts it', run: stopAndStart },
  { title: 'She reads the last lines of its console', run: readConsole },
  { title: 'She saves it as an image', run: save },
  { title: 'She looks at her quotas', run: (world) => nubo(world).shown('quota', 'ls') },
  { title: 'She removes it, and logs out: the file is gone', run: leave },
];

const nubo = (world: World): CommandLine =>
  new CommandLine(world.platform.gatewayUrl, join(world.folder, 'ada'));

async function logIn(world: World): Promise<string> {
  const [ada] = world.tenants;
  const said = await nubo(world).run('login', ada.email, ada.password);
  assertThat(nubo(world).sessionMode === '600', `the session’s mode is ${nubo(world).sessionMode}`);
  return said;
}

async function makeVm(world: World): Promise<string> {
  const shown = await nubo(world).shown('vm', 'add', 'tiny', '128', '--name', NAME);
  const vm = await nubo(world).json<VmView>('vm', 'show', NAME);
  assertThat(vm.state === 'running' && vm.nics.length === 1, `${NAME} is ${JSON.stringify(vm)}`);
  return `${shown}\nat ${vm.nics[0].ip}`;
}

async function share(world: World): Promise<string> {
  const [, grace] = world.tenants;
  const shared = await nubo(world).shown('vm', 'share', NAME, grace.email);
  const seen = await grace.rest.get<VmView[]>('/iaas/vms');
  assertThat(
    seen.some(({ name }) => name === NAME),
    'Grace does not see what was shared with her',
  );
  const unshared = await nubo(world).shown('vm', 'unshare', NAME, grace.email);
  const left = await nubo(world).json<ShareView[]>('vm', 'shares', NAME);
  assertThat(!left.some(({ email }) => email === grace.email), 'the share is still there');
  return `${shared}\n${unshared}`;
}

async function stopAndStart(world: World): Promise<string> {
  return `${await nubo(world).shown('vm', 'stop', NAME)}\n${await nubo(world).shown('vm', 'start', NAME)}`;
}

async function readConsole(world: World): Promise<string> {
  const shown = await nubo(world).shown('vm', 'console', NAME, '--lines', '3');
  assertThat(shown.split('\n').length <= 4, `more than three lines: ${shown}`);
  return shown;
}

async function save(world: World): Promise<string> {
  const shown = await nubo(world).shown('vm', 'save', NAME, `${NAME}-saved`, 'as of today');
  const image = await nubo(world).json<ImageView>('image', 'show', `${NAME}-saved`);
  assertThat(image.state === 'ready' && image.source === 'vm', `it is ${JSON.stringify(image)}`);
  return `${shown}\n${await nubo(world).shown('image', 'rm', `${NAME}-saved`)}`;
}

/** A logout ends all sessions of Ada's, so the story logs in again. */
async function leave(world: World): Promise<string> {
  const [ada] = world.tenants;
  const shown = [await nubo(world).shown('vm', 'rm', NAME), await nubo(world).shown('logout')];
  assertThat(nubo(world).sessionMode === undefined, 'the session file is still there');
  ada.rest = world.rest.as((await login(world, ada.password, ada.email)).token);
  return shown.join('\n');
}
