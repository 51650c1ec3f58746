import type { EnrolHost, NuboError } from '@nubo/contracts';
import {
  assertEnrolment,
  capacityOf,
  missingPackages,
  nameFromAddress,
  packagesFor,
  parseSurvey,
  stateInSilence,
} from './hosts.rules';

const external = {
  interface: 'eth0',
  range: '203.0.113.10-203.0.113.50',
  prefix: 24,
  gateway: '203.0.113.1',
};
const enrolment = (change: Partial<EnrolHost> = {}): EnrolHost => ({
  address: '192.0.2.11',
  user: 'root',
  password: 'secret',
  ...change,
});

function refusedFields(change: Partial<EnrolHost>): string[] {
  try {
    assertEnrolment(enrolment(change));
    return [];
  } catch (error) {
    const { fields } = (error as NuboError).details as { fields: { field: string }[] };
    return fields.map(({ field }) => field);
  }
}

describe('the fields of an enrolment', () => {
  it.each<[string, Partial<EnrolHost>, string[]]>([
    ['a compute host needs nothing more', {}, []],
    ['a network host needs to know where the outside is', { roles: ['network'] }, ['external']],
    ['a network host that knows it is fine', { roles: ['network'], external }, []],
    ['the outside means nothing to a compute host', { external }, ['external']],
    ['a host has a role', { roles: [] }, ['roles']],
  ])('%s', (_sentence, change, fields) => expect(refusedFields(change)).toEqual(fields));

  it.each([
    ['ends before it begins', '203.0.113.50-203.0.113.10'],
    ['is not of addresses', '1.2.3-4.5.6'],
    ['has a number too many', '203.0.113.300-203.0.113.301'],
    ['leaves the prefix', '203.0.113.10-203.0.114.10'],
    ['lies in another network', '198.51.100.10-198.51.100.20'],
    ['holds the broadcast address', '203.0.113.10-203.0.113.255'],
    ['holds the network address', '203.0.113.0-203.0.113.10'],
    ['holds the gateway', '203.0.113.1-203.0.113.10'],
  ])('a range that %s is refused', (_sentence, range) => {
    expect(refusedFields({ roles: ['network'], external: { ...external, range } })).toEqual([
      'external.range',
    ]);
  });
});

describe('the name of a host', () => {
  it.each([
    ['192.0.2.11', 'host-192-0-2-11'],
    ['H1.lab.example', 'h1'],
    ['2001:db8::11', 'host-2001-db8-11'],
    ['-odd-.example', 'host-odd-example'],
  ])('of %s is %s unless one is given', (address, name) => expect(nameFromAddress(address)).toBe(name));
});

describe('packages', () => {
  it('are those of all roles, each once', () => {
    const both = packagesFor(['network', 'compute']);
    expect(both).toEqual([...new Set(both)]);
    expect(both).toEqual(expect.arrayContaining(['qemu-system-x86', 'dnsmasq-base', 'nftables']));
    expect(packagesFor(['network'])).not.toContain('qemu-system-x86');
  });

  it('are missing when they are unknown, removed or half installed', () => {
    const said = 'nftables installed\nqemu-utils config-files\nconntrack half-configured\n';
    expect(missingPackages(['nftables', 'qemu-utils', 'conntrack', 'genisoimage'], said)).toEqual([
      'qemu-utils',
      'conntrack',
      'genisoimage',
    ]);
  });
});

describe('a survey', () => {
  const lines = [
    'boot=4c1f/120',
    'memory_kib=8165432',
    'cpus=4',
    'disk_free= 53687091200',
    'disk_ours=10737418240',
    'ssh=10.77.0.1 51834 10.77.0.11 22',
  ];

  it('counts what the platform has put on the disk as free', () => {
    expect(parseSurvey(lines.join('\n'))).toEqual({
      bootId: '4c1f/120',
      memoryMib: 7974,
      cpus: 4,
      diskGib: 60,
      address: '10.77.0.11',
    });
  });

  it.each([0, 1, 2, 3])('that misses figure %d is none', (missing) => {
    expect(parseSurvey(lines.filter((_, index) => index !== missing).join('\n'))).toBeUndefined();
  });

  it('takes the address from the session, also when the host speaks IPv6 sockets', () => {
    const mapped = lines.join('\n').replace('10.77.0.11', '::ffff:10.77.0.11');
    expect(parseSurvey(mapped)?.address).toBe('10.77.0.11');
  });

  it('leaves the host a reserve of memory and disk and shares its CPUs', () => {
    const survey = { bootId: 'x', address: '', cpus: 4, memoryMib: 7974, diskGib: 60 };
    expect(capacityOf(survey)).toEqual({ vcpus: 16, memoryMib: 6950, diskGib: 54 });
    expect(capacityOf({ ...survey, memoryMib: 900, diskGib: 3 })).toMatchObject({ memoryMib: 0, diskGib: 0 });
  });
});

describe('a host that does not answer', () => {
  it.each([
    [2_000, 1, 'ready'],
    [11_000, 2, 'suspect'],
    [31_000, 4, 'down'],
  ])('for %d ms in %d tries is %s', (silent, tries, state) =>
    expect(stateInSilence(silent, tries)).toBe(state),
  );

  it('is not given up because we were away ourselves', () => {
    expect(stateInSilence(3_600_000, 1)).toBe('ready');
    expect(stateInSilence(3_600_000, 2)).toBe('suspect');
  });
});
