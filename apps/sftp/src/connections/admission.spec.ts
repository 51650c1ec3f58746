import { Admission } from './admission';

const admission = (): Admission => new Admission({ perAddress: 3, waitingPerAddress: 2 });

describe('connections of an address', () => {
  it('that have not logged in are so many', () => {
    const all = admission();
    const [first, second] = [all.enter('a'), all.enter('a')];
    expect(all.enter('a')).toBeUndefined();
    expect(all.enter('b')).toBeDefined();
    first?.ready();
    expect(all.enter('a')).toBeDefined();
    second?.ready();
    expect(all.enter('a')).toBeUndefined();
  });

  it('give their places back once, however they end', () => {
    const all = admission();
    for (let n = 0; n < 10; n += 1) {
      const one = all.enter('a');
      if (n % 2) one?.ready();
      one?.leave();
      one?.leave();
      one?.ready();
    }
    expect([all.enter('a'), all.enter('a'), all.enter('a')].map(Boolean)).toEqual([true, true, false]);
  });
});
