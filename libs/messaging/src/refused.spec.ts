import { ERROR_KINDS, NuboError, type ErrorKind } from '@nubo/contracts';
import { idNamedIn, isRefusal } from './refused';

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

describe('a refusal', () => {
  it('is no nonsense and no failure of ours', () => {
    const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];
    const others = kinds.filter((kind) => !isRefusal(new NuboError(kind, 'code', 'message')));
    expect(others.sort()).toEqual(['internal', 'invalid', 'too_large', 'unavailable']);
    expect(isRefusal(new TypeError('broken'))).toBe(false);
  });

  it.each([
    [{ id: ID.toUpperCase() }, ID],
    [{ userId: ID }, ID],
    [{ tenantId: ID }, ID],
    [{ id: 'x', userId: ID }, null],
    [{ id: 7 }, null],
    [{}, null],
    [undefined, null],
    [null, null],
  ])('of %j is about %s', (input, about) => {
    expect(idNamedIn(input)).toBe(about);
  });
});
