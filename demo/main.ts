/** `npm run demo [-- --stay --tls]`: runs inside a lab, which is taken down whatever happens here. */
import { parseArgs } from 'node:util';
import { Lab } from '../lab';
import { Narrator } from './narrator';
import { ending, story } from './story';
import { failure, tell } from './tell';
import { trusting } from './trusting';
import { ADMIN, keysOf, World } from './world';

const narrator = new Narrator((text) => void process.stdout.write(text));

async function stay(world: World): Promise<void> {
  const gateway = await world.lab.expose(8080);
  const inbox = await world.lab.expose(Number(new URL(world.platform.mailUrl ?? '').port));
  const [blue] = world.tenants;
  narrator.say(`
Swagger UI   ${gateway}/docs
Inbox        ${inbox}
Log in       POST ${gateway}/iaas/sessions   (the answer's token goes into "Authorize")
             {"email": "${ADMIN.email}", "password": "${ADMIN.password}"}            administrator
             {"email": "${blue.email}", "password": "${blue.password}"}   owner of ${blue.company}
Logs         ${world.platform.logDir}
Ctrl-C ends it and cleans up.`);
  await new Promise<void>((resolve) =>
    ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, () => resolve())),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { stay: { type: 'boolean', default: false }, tls: { type: 'boolean', default: false } },
  });
  const lab = await Lab.attach();
  if (values.tls && !(await trusting(keysOf(lab)))) return;
  const world = new World(lab, undefined, values.tls);
  const stopped = () => void world.close().finally(() => process.exit(130));
  if (!values.stay) ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, stopped));
  try {
    await tell(
      narrator,
      world,
      story((line) => narrator.say(`           ${line}`)),
    );
    await (values.stay ? stay(world) : tell(narrator, world, [ending]));
    narrator.say(`\nDone in ${narrator.total()}.`);
  } catch (error) {
    process.exitCode = 1;
    narrator.say(failure(narrator, error, await world.saveLogs()));
  } finally {
    await world.close();
  }
}

void main();
