import { ending, story } from '../../demo/story';
import { World } from '../../demo/world';
import { Lab } from '../../lab';

const STEP_MS = 120_000;

describe('the story of the demo', () => {
  let world: World;
  let broken = false;

  beforeAll(async () => {
    world = new World(await Lab.attach());
  });

  afterAll(async () => {
    if (broken) await world.saveLogs('e2e-story');
    await world.close();
  }, STEP_MS);

  for (const { title, steps } of [...story(() => undefined), ending]) {
    describe(title, () => {
      for (const step of steps) {
        it(
          step.title,
          async () => {
            if (broken) throw new Error('an earlier step of the story failed');
            broken = true;
            await step.run(world);
            broken = false;
          },
          STEP_MS,
        );
      }
    });
  }
});
