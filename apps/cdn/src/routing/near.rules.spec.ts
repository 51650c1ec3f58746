import { nearOf } from './near.rules';

const weighed = {
  locations: ['loc1', 'loc2', 'loc3'],
  weights: [
    { location: 'loc1', weight: 3 },
    { location: 'loc3', weight: 0 },
  ],
};
const SECRET = 'token of the controller';
const nobodies = Array.from({ length: 2_000 }, (_, n) => `nobody-${n}@blue.test`);

describe('where a user is led to', () => {
  it('is where most of its instances are, of the places that have an edge with a share', () => {
    expect(nearOf(weighed, ['loc9', 'loc3', 'loc2', 'loc1'], 'ada', SECRET)).toBe('loc2');
  });

  it('is, for who has none, by weight', () => {
    const found = nobodies.map((user) => nearOf(weighed, [], user, SECRET));
    const share = found.filter((location) => location === 'loc1').length / found.length;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
    expect(found).not.toContain('loc3');
  });

  it('is always the same, however the name is written: as if it were somebody’s', () => {
    for (const user of nobodies.slice(0, 50)) {
      const first = nearOf(weighed, [], user, SECRET);
      expect(nearOf(weighed, [], ` ${user.toUpperCase()}`, SECRET)).toBe(first);
    }
  });

  it('cannot be foretold without the secret', () => {
    const same = nobodies.filter(
      (user) => nearOf(weighed, [], user, SECRET) === nearOf(weighed, [], user, 'another'),
    );
    expect(same.length).toBeLessThan(nobodies.length * 0.8);
  });
});
