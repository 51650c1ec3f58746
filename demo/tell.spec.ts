import { Narrator } from './narrator';
import { failure, tell } from './tell';
import type { World } from './world';

describe('telling the story', () => {
  const world = {} as World;
  let told: string;
  let narrator: Narrator;

  beforeEach(() => {
    told = '';
    narrator = new Narrator((text) => (told += text));
  });

  it('shows each step with its time and what came of it', async () => {
    await tell(narrator, world, [
      { title: 'A chapter', steps: [{ title: 'A VM answers', run: async () => 'hello\nworld' }] },
    ]);
    expect(told).toMatch(/A chapter[^]*0\.0 s {2}A VM answers\n +hello\n +world\n/);
  });

  it('stops at the step that fails and says which it was, why, and where the log is', async () => {
    const run = jest.fn();
    const steps = [
      { title: 'The bridge is built', run: async () => Promise.reject(new Error('no such device')) },
      { title: 'The bridge is crossed', run },
    ];
    const error: unknown = await tell(narrator, world, [{ title: 'A river', steps }]).catch(
      (e: unknown) => e,
    );
    expect(run).not.toHaveBeenCalled();
    expect(failure(narrator, error, '.nubo/logs/demo')).toBe(
      '\nFailed at “The bridge is built”: no such device\nThe services’ logs are in .nubo/logs/demo',
    );
  });
});
