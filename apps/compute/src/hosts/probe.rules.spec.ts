import { bootSector, probeXml } from './probe.rules';

const place = {
  name: 'nubo-probe-1',
  disk: '/var/lib/nubo/probe/1.img',
  serial: '/var/lib/nubo/probe/1.log',
};

describe('the guest that proves KVM', () => {
  it('boots from one sector', () => {
    const sector = bootSector();
    expect(sector).toHaveLength(512);
    expect(sector.subarray(510).toString('hex')).toBe('55aa');
    expect(sector.toString('latin1')).toContain('NUBO\n');
  });

  it('has the CPU that real guests get', () => {
    expect(probeXml(place, 'kvm')).toContain("<domain type='kvm'>");
    expect(probeXml(place, 'kvm')).toContain("<cpu mode='host-passthrough'/>");
    expect(probeXml(place, 'qemu')).not.toContain('host-passthrough');
  });
});
