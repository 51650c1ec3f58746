import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainName, domainXml, isOurs, type DomainSpec } from './domain.rules';

const VM = '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11';
const PLATFORM = '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11';

const spec = (overrides: Partial<DomainSpec> = {}): DomainSpec => ({
  vmId: VM,
  virt: 'kvm',
  vcpus: 2,
  memoryMib: 512,
  nics: [{ bridge: 'nb1001', device: 'np5e7f6211', mac: '52:54:00:12:34:56', mtu: 1450 }],
  ...overrides,
});
const golden = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');

describe('the domain of a VM', () => {
  it('is the golden one on a host with KVM', () => {
    expect(domainXml(spec(), PLATFORM)).toBe(golden('kvm.xml'));
  });

  it('is the golden one on a host without, with two NICs', () => {
    const [nic] = spec().nics;
    const nics = [nic, { bridge: 'nb1002', device: 'npaabbccdd', mac: '52:54:00:ab:cd:ef', mtu: 1450 }];
    expect(domainXml(spec({ virt: 'qemu', nics: nics }), PLATFORM)).toBe(golden('qemu.xml'));
  });

  it('holds no value as markup', () => {
    const nics = [{ bridge: `"><evil/>'&`, device: 'np1', mac: '52:54:00:12:34:56', mtu: 1450 }];
    const xml = domainXml(spec({ nics }), PLATFORM);
    expect(xml).toContain(`bridge='&quot;&gt;&lt;evil/&gt;&apos;&amp;'`);
    expect(xml).not.toContain('<evil');
  });

  it('is known again by its mark, however libvirt writes it', () => {
    const as = (mark: string): string =>
      `<domain><name>${domainName(VM)}</name><metadata>${mark}</metadata></domain>`;
    expect(isOurs(domainXml(spec(), PLATFORM), PLATFORM)).toBe(true);
    const written = as(`<nubo:vm xmlns:nubo="urn:nubo:vm:1" platform="${PLATFORM}"/>`);
    expect(isOurs(written, PLATFORM)).toBe(true);
    expect(isOurs(written, VM)).toBe(false);
    expect(isOurs(as(''), PLATFORM)).toBe(false);
    expect(isOurs(as(`<x:vm xmlns:x="urn:other" platform="${PLATFORM}"/>`), PLATFORM)).toBe(false);
    expect(isOurs(as(`<description>platform="${PLATFORM}"</description>`), PLATFORM)).toBe(false);
  });
});
