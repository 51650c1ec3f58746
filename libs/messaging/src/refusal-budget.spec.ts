import type { Principal, RequestContext } from '@nubo/contracts';
import { RefusalBudget } from './refusal-budget';

type Caller = Pick<RequestContext, 'principal' | 'address'>;

describe('the budget of refusals', () => {
  const known = (userId: string): Caller => ({
    principal: { userId, tenantId: null, role: 'member' } satisfies Principal,
    address: '192.0.2.1',
  });
  const from = (address?: string): Caller => ({ principal: null, address });
  const takes = (budget: RefusalBudget, caller: Caller, count: number, now = 0): number =>
    Array.from({ length: count }, () => budget.take(caller, now)).filter(Boolean).length;

  it('is bounded for one caller, and not spent for another by it', () => {
    const budget = new RefusalBudget({ caller: 3, all: 100, unknown: 100 });
    expect(takes(budget, known('a'), 10)).toBe(3);
    expect(takes(budget, known('b'), 10)).toBe(3);
    expect(takes(budget, from('192.0.2.1'), 10)).toBe(3);
    expect(takes(budget, from(), 10)).toBe(3);
  });

  it('is bounded in all, however many callers there are', () => {
    const budget = new RefusalBudget({ caller: 3, all: 10, unknown: 100 });
    const taken = Array.from({ length: 50 }, (_, n) => takes(budget, known(`caller-${n}`), 3));
    expect(taken.reduce((sum, n) => sum + n)).toBe(10);
  });

  it('is not spent for who is known by who is not, from however many addresses', () => {
    const budget = new RefusalBudget({ caller: 3, all: 10, unknown: 4 });
    const taken = Array.from({ length: 50 }, (_, n) => takes(budget, from(`192.0.2.${n}`), 3));
    expect(taken.reduce((sum, n) => sum + n)).toBe(4);
    expect(takes(budget, known('a'), 3)).toBe(3);
  });

  it('is full again after a minute', () => {
    const budget = new RefusalBudget({ caller: 3, all: 3, unknown: 3 });
    expect(takes(budget, from(), 5, 1_000_000)).toBe(3);
    expect(takes(budget, from(), 5, 1_059_999)).toBe(0);
    expect(takes(budget, from(), 5, 1_060_000)).toBe(3);
  });
});
