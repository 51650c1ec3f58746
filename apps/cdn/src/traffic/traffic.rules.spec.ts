import { stepOf } from './traffic.rules';

describe('the minutes that one entry sums', () => {
  it.each([
    ['nothing was asked for', 0, 1440, 1],
    ['an hour of many instances', 60, 60, 1],
    ['a day of two instances', 2, 1440, 1],
    ['a day of three', 3, 1440, 2],
    ['a day of many', 33, 1440, 15],
  ])('for %s: %i in %i minutes', (_, instances, minutes, step) => {
    expect(stepOf(instances, minutes)).toBe(step);
  });
});
