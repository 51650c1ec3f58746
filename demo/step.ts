import type { World } from './world';

/** One thing that happens in the story; what it answers is shown under its title. */
export interface Step {
  title: string;
  run(world: World): Promise<string | void>;
}

export interface Chapter {
  title: string;
  steps: Step[];
}
