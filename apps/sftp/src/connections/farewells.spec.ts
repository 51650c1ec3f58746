import { unavailable } from '@nubo/contracts';
import type { Activity, Grant } from '../backends/backend';
import { Farewells } from './farewells';

const SOON_MS = 3_000;
const rest: Activity = { writers: 0, touched: true, deploy: false };
const grantOf = (sessionId: string): Grant => ({ sessionId, projectId: 'p' }) as Grant;

/** Hears of all sessions but those that it is deaf for. */
class Hosting {
  readonly deafFor = new Set<string>();
  readonly heard: string[] = [];
  readonly backend = {
    active: ({ sessionId }: Grant) => this.hear(`${sessionId} wrote`, sessionId).then(() => true),
    ended: ({ sessionId }: Grant) => this.hear(`${sessionId} ended`, sessionId),
  };

  private hear(what: string, sessionId: string): Promise<void> {
    if (this.deafFor.has(sessionId)) return Promise.reject(unavailable('hosting_away', 'away'));
    this.heard.push(what);
    return Promise.resolve();
  }
}

describe('the last words of sessions', () => {
  let hosting: Hosting;
  let farewells: Farewells;
  beforeEach(() => {
    jest.useFakeTimers();
    hosting = new Hosting();
    farewells = new Farewells(hosting.backend);
  });
  afterEach(() => jest.useRealTimers());

  it('are told at once, and once', async () => {
    await farewells.say({ grant: grantOf('a'), rest });
    await jest.advanceTimersByTimeAsync(SOON_MS);
    expect(hosting.heard).toEqual(['a wrote', 'a ended']);
  });

  it('are told when they can be, though others cannot', async () => {
    hosting.deafFor.add('a').add('b');
    await farewells.say({ grant: grantOf('a'), rest });
    await farewells.say({ grant: grantOf('b') });
    hosting.deafFor.delete('b');
    await jest.advanceTimersByTimeAsync(2 * SOON_MS);
    expect(hosting.heard).toEqual(['b ended']);
    hosting.deafFor.delete('a');
    await jest.advanceTimersByTimeAsync(SOON_MS);
    expect(hosting.heard).toEqual(['b ended', 'a wrote', 'a ended']);
  });

  it('are tried once more when all stops, and not again', async () => {
    hosting.deafFor.add('a');
    await farewells.say({ grant: grantOf('a'), rest });
    await farewells.stop();
    expect(jest.getTimerCount()).toBe(0);
    hosting.deafFor.delete('a');
    await farewells.stop();
    expect(hosting.heard).toEqual(['a wrote', 'a ended']);
  });

  it('are all tried in the last round, also behind one that is not taken', async () => {
    hosting.deafFor.add('a').add('b');
    await farewells.say({ grant: grantOf('a'), rest });
    await farewells.say({ grant: grantOf('b') });
    hosting.deafFor.delete('b');
    await farewells.stop();
    expect(hosting.heard).toEqual(['b ended']);
  });

  it('that wait are so many, the oldest goes', async () => {
    const names = Array.from({ length: 10_001 }, (_, n) => `s${n}`);
    for (const name of names) {
      hosting.deafFor.add(name);
      await farewells.say({ grant: grantOf(name) });
    }
    hosting.deafFor.clear();
    await farewells.stop();
    expect(hosting.heard).toHaveLength(10_000);
    expect(hosting.heard).not.toContain('s0 ended');
  });
});
