import { NAME_PATTERN } from '@nubo/contracts';
import { isFinal, nameFor, transition } from './instances.rules';

describe('asking an instance to run or to stop', () => {
  it('changes nothing when it is what is wanted already, unless that failed', () => {
    expect(transition('running', 'running', 'running')).toBeUndefined();
    expect(transition('stopping', 'stopped', 'stopped')).toBeUndefined();
    expect(transition('error', 'running', 'running')).toBe('starting');
    expect(transition('running', 'running', 'stopped')).toBe('stopping');
    expect(transition('stopping', 'stopped', 'running')).toBe('starting');
  });
});

describe('a failure to get a port', () => {
  it('comes at once when asking again would change nothing', () => {
    expect(['exhausted', 'not_found', 'conflict'].map(isFinal)).toEqual([true, true, true]);
    expect(['unavailable', 'internal', 'limited'].map(isFinal)).toEqual([false, false, false]);
  });
});

describe('the name of an instance that was given none', () => {
  const id = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

  it.each([
    ['debian-12', 'debian-12-3b1f'],
    ['x'.repeat(63), `${'x'.repeat(58)}-3b1f`],
  ])('is made from %s', (image, name) => {
    expect(nameFor(image, id)).toBe(name);
    expect(name).toMatch(NAME_PATTERN);
  });
});
