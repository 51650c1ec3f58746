import { seedDocuments, type SeedNic, type SeedVm } from './seed.rules';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFp9oTEq0yAfI7iJSfgrAI5E1VkRYtZaYoKs2PIh0Ztk ada@blue.test';

const vm = (overrides: Partial<SeedVm> = {}): SeedVm => ({
  id: '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11',
  name: 'web',
  sshKeys: [KEY],
  userData: '',
  ...overrides,
});
const nic = (overrides: Partial<SeedNic> = {}): SeedNic => ({
  mac: '52:54:00:12:34:56',
  ip: '190.0.0.10',
  prefix: 24,
  gateway: '190.0.0.1',
  dns: ['190.0.0.1'],
  mtu: 1450,
  dhcp: false,
  ...overrides,
});

describe('the seed of a guest', () => {
  it('names it and lets its owner in', () => {
    expect(seedDocuments(vm(), [nic()]).metaData).toBe(
      `instance-id: 0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11
local-hostname: web
public-keys:
  - "${KEY}"
`,
    );
  });

  it('holds no empty list where there are no keys', () => {
    expect(seedDocuments(vm({ sshKeys: [] }), [nic()]).metaData).not.toContain('public-keys');
  });

  it('gives the guest what its owner wrote, byte for byte', () => {
    const userData = '#!/bin/sh\necho "grüß dich" >/etc/motd';
    expect(seedDocuments(vm({ userData }), [nic()]).userData).toBe(userData);
    expect(seedDocuments(vm(), [nic()]).userData).toBe('#cloud-config\n{}\n');
  });

  it('tells nothing of the network where DHCP on one NIC is all', () => {
    expect(seedDocuments(vm(), [nic({ dhcp: true })]).networkConfig).toBeUndefined();
  });

  it('tells of every NIC where there are several, and which default route comes first', () => {
    const second = nic({ mac: '52:54:00:ab:cd:ef', dhcp: true });
    expect(seedDocuments(vm(), [nic({ dhcp: true }), second]).networkConfig).toBe(`version: 2
ethernets:
  eth0:
    match:
      macaddress: "52:54:00:12:34:56"
    set-name: eth0
    dhcp4: true
    dhcp4-overrides:
      route-metric: 100
    mtu: 1450
  eth1:
    match:
      macaddress: "52:54:00:ab:cd:ef"
    set-name: eth1
    dhcp4: true
    dhcp4-overrides:
      route-metric: 200
    mtu: 1450
`);
  });

  it('tells every fixed address, and one gateway', () => {
    const second = nic({
      mac: '52:54:00:ab:cd:ef',
      ip: '10.1.0.5',
      prefix: 16,
      gateway: '10.1.0.1',
      dns: [],
    });
    const third = nic({ mac: '52:54:00:00:00:01', dhcp: true });
    expect(seedDocuments(vm(), [nic(), second, third]).networkConfig).toBe(`version: 2
ethernets:
  eth0:
    match:
      macaddress: "52:54:00:12:34:56"
    set-name: eth0
    addresses: [190.0.0.10/24]
    gateway4: 190.0.0.1
    nameservers:
      addresses: [190.0.0.1]
    mtu: 1450
  eth1:
    match:
      macaddress: "52:54:00:ab:cd:ef"
    set-name: eth1
    addresses: [10.1.0.5/16]
    mtu: 1450
  eth2:
    match:
      macaddress: "52:54:00:00:00:01"
    set-name: eth2
    dhcp4: true
    dhcp4-overrides:
      route-metric: 300
    mtu: 1450
`);
  });
});
