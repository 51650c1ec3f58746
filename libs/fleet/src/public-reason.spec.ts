import { publicReason } from './public-reason';

describe('a reason that a customer reads', () => {
  const hosts = [
    { name: 'h1', address: '10.77.0.1', port: 22 },
    { name: 'h11', address: '10.77.0.11', port: 22 },
  ];

  it('names hosts, not their addresses', () => {
    const reason = 'start the domain: host 10.77.0.11:22: libvirt: no bridge (10.77.0.1)';
    expect(publicReason(reason, hosts)).toBe('start the domain: host h11: libvirt: no bridge (h1)');
  });

  it('stays as it is where no host is known', () => {
    expect(publicReason('host 10.77.0.1:22: no', [])).toBe('host 10.77.0.1:22: no');
  });
});
