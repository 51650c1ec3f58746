import type { VmState } from '@nubo/contracts';
import { assertCanBeHeld, consistencyOf, diskRefusal, isHeld } from './snapshots.rules';

describe('a VM', () => {
  it.each<VmState>(['running', 'stopped'])('that is %s can be saved', (state) =>
    expect(() => assertCanBeHeld({ state, heldBy: null })).not.toThrow(),
  );

  it.each<VmState>(['creating', 'starting', 'stopping', 'error', 'deleting'])('that is %s cannot', (state) =>
    expect(() => assertCanBeHeld({ state, heldBy: null })).toThrow(`A VM that is ${state}`),
  );

  it('is saved once at a time', () =>
    expect(() => assertCanBeHeld({ state: 'stopped', heldBy: 'i1' })).toThrow('Another snapshot'));
});

describe('a VM is held', () => {
  const held = {
    state: 'stopped' as VmState,
    heldBy: 'i1',
    hold: 'off' as const,
    generation: 3,
    observedGeneration: 3,
  };

  it('when its reconciler has stopped it for this very snapshot', () => {
    expect(isHeld(held, 'i1')).toBe(true);
    expect(isHeld(held, 'i2')).toBe(false);
    expect(isHeld({ ...held, state: 'stopping' }, 'i1')).toBe(false);
    expect(isHeld({ ...held, observedGeneration: 2 }, 'i1')).toBe(false);
  });

  it('as it is, when its reconciler knows', () => {
    const running = { ...held, hold: 'as-is' as const, state: 'running' as VmState };
    expect(isHeld(running, 'i1')).toBe(true);
    expect(isHeld({ ...running, observedGeneration: 2 }, 'i1')).toBe(false);
  });
});

it('a guest whose power was cut leaves file systems as after a power cut', () =>
  expect([consistencyOf('off'), consistencyOf('cut')]).toEqual(['stopped', 'crash']));

describe('a disk is not read', () => {
  const base = '/var/lib/nubo/images/b.qcow2';
  const good = { format: 'qcow2', 'backing-filename': base, 'format-specific': { type: 'qcow2', data: {} } };
  const refusal = (change: object) => diskRefusal(JSON.stringify({ ...good, ...change }), base);

  it('unless it leans on its image', () => {
    expect(refusal({})).toBeUndefined();
    expect(refusal({ 'backing-filename': '/etc/shadow' })).toContain('/etc/shadow');
    expect(refusal({ 'backing-filename': undefined })).toContain('leans on nothing');
  });

  it('when its data lie elsewhere', () =>
    expect(refusal({ 'format-specific': { data: { 'data-file': '/dev/sda' } } })).toContain('another file'));

  it('when it is no qcow2', () => expect(refusal({ format: 'raw' })).toContain('raw'));
});
