import { RefusalBudget } from './refusal-budget';

describe('the budget of refusals', () => {
  const takes = (budget: RefusalBudget, caller: string, count: number, now = 0): number =>
    Array.from({ length: count }, () => budget.take(caller, now)).filter(Boolean).length;

  it('is bounded for one caller, and not spent for another by it', () => {
    const budget = new RefusalBudget({ caller: 3, all: 100 });
    expect(takes(budget, 'a', 10)).toBe(3);
    expect(takes(budget, 'b', 10)).toBe(3);
  });

  it('is bounded in all, however many callers there are', () => {
    const budget = new RefusalBudget({ caller: 3, all: 10 });
    const taken = Array.from({ length: 50 }, (_, n) => takes(budget, `caller-${n}`, 3));
    expect(taken.reduce((sum, n) => sum + n)).toBe(10);
  });

  it('is full again after a minute', () => {
    const budget = new RefusalBudget({ caller: 3, all: 3 });
    expect(takes(budget, 'a', 5, 1_000_000)).toBe(3);
    expect(takes(budget, 'a', 5, 1_059_999)).toBe(0);
    expect(takes(budget, 'a', 5, 1_060_000)).toBe(3);
  });
});
