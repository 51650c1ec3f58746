import type { Narrator } from './narrator';
import type { Chapter } from './step';
import type { World } from './world';

/** Runs chapters one after the other. Throws what the first step that fails throws; the narrator knows which it was. */
export async function tell(narrator: Narrator, world: World, chapters: Chapter[]): Promise<void> {
  for (const { title, steps } of chapters) {
    narrator.chapter(title);
    for (const step of steps) {
      narrator.step(step.title);
      narrator.done((await step.run(world)) ?? '');
    }
  }
}

/** What a person reads when a step failed. */
export function failure(narrator: Narrator, error: unknown, logs: string): string {
  const what = error instanceof Error ? error.message : String(error);
  return `\nFailed at “${narrator.current}”: ${what}\nThe services’ logs are in ${logs}`;
}
