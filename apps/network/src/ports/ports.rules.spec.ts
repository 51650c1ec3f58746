import { macOf } from './ports.rules';

describe('the MAC of a port', () => {
  const id = '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11';

  it('is always the same, unicast and locally administered', () => {
    expect(macOf(id, 0)).toBe(macOf(id, 0));
    expect(macOf(id, 0)).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });

  it('is another at the next attempt and for another port', () => {
    expect(new Set([macOf(id, 0), macOf(id, 1), macOf(id.replace('0b', '0c'), 0)]).size).toBe(3);
  });
});
