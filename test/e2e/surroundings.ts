/** What e2e specs share: a platform with an administrator, hosts and tenants, made by the steps of the story. */
import { administrator, platform } from '../../demo/chapters/platform';
import { tenants } from '../../demo/chapters/tenants';
import { RestError } from '../../demo/rest-client';
import type { Step } from '../../demo/step';
import { World, type TenantOfTheStory, type WantedHost } from '../../demo/world';
import { Lab } from '../../lab';
import { documentedAnswers } from './answers';

/** A world up to and with its two tenants and their image; its hosts are called `<prefix>1`, `<prefix>2`, `<prefix>gw`. */
export async function furnishedWorld(prefix: string, env: Record<string, string> = {}): Promise<World> {
  const hosts: WantedHost[] = [
    { name: `${prefix}1`, location: 'loc1', roles: ['compute'] },
    { name: `${prefix}2`, location: 'loc2', roles: ['compute'] },
    { name: `${prefix}gw`, location: 'loc1', roles: ['network'], libvirt: false },
  ];
  const world = new World(await Lab.attach(), hosts);
  world.watch = documentedAnswers();
  try {
    await runAll(world, platform(() => undefined).slice(0, 1));
    await world.startPlatform(() => undefined, env);
    await runAll(world, [...administrator, ...tenants]);
    return world;
  } catch (error) {
    await world.saveLogs(`e2e-${prefix}`);
    await world.close();
    throw error;
  }
}

async function runAll(world: World, steps: Step[]): Promise<void> {
  for (const step of steps) await step.run(world);
}

/** The problem+json that a request is answered with. Throws when the request succeeds. */
export async function problemOf(
  request: Promise<unknown>,
): Promise<RestError['problem'] & Record<string, unknown>> {
  try {
    await request;
  } catch (error) {
    if (error instanceof RestError) return error.problem as RestError['problem'] & Record<string, unknown>;
    throw error;
  }
  throw new Error('the request was not refused');
}

/** The body of a small VM on the tenant's subnet. */
export function vmBody(
  world: World,
  { subnet }: Pick<TenantOfTheStory, 'subnet'>,
  more: { name: string; imageId?: string },
): object {
  return {
    imageId: world.image.id,
    memory: 128,
    nics: [{ subnetId: subnet.id }],
    sshKeys: [world.sshKey.publicKey],
    ...more,
  };
}
