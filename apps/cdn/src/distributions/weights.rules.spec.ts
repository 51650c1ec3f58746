import { allWeights, leftWeights, weightErrors } from './weights.rules';

const locations = ['loc1', 'loc2'];
const weight = (location: string, of: number) => ({ location, weight: of });

describe('weights of locations', () => {
  it('are 1 where nobody says so', () => {
    expect(allWeights({ locations, weights: [weight('loc2', 0)] })).toEqual([
      weight('loc1', 1),
      weight('loc2', 0),
    ]);
  });

  it.each([
    [[weight('loc1', 3), weight('loc2', 0)], []],
    [[weight('loc1', 0), weight('loc2', 0)], ['weights']],
    [[weight('loc3', 1)], ['weights.0.location']],
    [[weight('loc1', 1), weight('loc1', 2)], ['weights.1.location']],
  ])('%j are refused at %j', (weights, fields) => {
    expect(weightErrors({ locations, weights }).map(({ field }) => field)).toEqual(fields);
  });

  it('go with their locations', () => {
    const weights = [weight('loc1', 3), weight('loc2', 0)];
    expect(leftWeights({ locations: ['loc1', 'loc3'], weights })).toEqual([weight('loc1', 3)]);
    expect(leftWeights({ locations: ['loc2'], weights })).toEqual([]);
  });
});
