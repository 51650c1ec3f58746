import { ending, story } from '../../demo/story';
import type { Chapter } from '../../demo/step';
import { World } from '../../demo/world';
import { Lab } from '../../lab';
import { documentedAnswers } from './answers';
import { logChecks } from './logs';
import { truthTable } from './truth-table';

const STEP_MS = 300_000;

describe('the story of the demo', () => {
  let world: World;
  let broken = false;

  beforeAll(async () => {
    world = new World(await Lab.attach());
    world.watch = documentedAnswers();
  });

  afterAll(async () => {
    if (broken) await world.saveLogs('e2e-story');
    await world.close();
  }, STEP_MS);

  const tell = ({ title, steps }: Chapter): void => {
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
  };

  story(() => undefined).forEach(tell);
  truthTable(() => world);
  logChecks(() => world);
  tell(ending);
});
