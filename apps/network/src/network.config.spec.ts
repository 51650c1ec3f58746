import { overrideSettings } from '@nubo/config';
import { NetworkConfig } from './network.config';

describe('the ranges that no tenant reaches', () => {
  const ranges = (text: string): string[] => {
    const restore = overrideSettings({ NUBO_PROTECTED_RANGES: text });
    try {
      return new NetworkConfig().protectedRanges;
    } finally {
      restore();
    }
  };

  it('are addresses and ranges, or none', () => {
    expect(ranges('10.20.0.0/16, 192.0.2.7')).toEqual(['10.20.0.0/16', '192.0.2.7']);
    expect(ranges('')).toEqual([]);
  });

  it.each(['10.20.0.0/33', 'office', '10.20.0.0/16;drop'])('stop the boot when one is %s', (text) => {
    expect(() => ranges(text)).toThrow('NUBO_PROTECTED_RANGES');
  });
});
