/** What a guest is told at its first boot: the documents of cloud-init's NoCloud data source. */

export interface SeedDocuments {
  metaData: string;
  userData: string;
  /** Where DHCP on one NIC is not all: without it cloud-init (22.4) asks DHCP on the first NIC and leaves the others down. */
  networkConfig?: string;
}

export interface SeedNic {
  mac: string;
  ip: string;
  prefix: number;
  gateway: string;
  dns: string[];
  mtu: number;
  dhcp: boolean;
}

export interface SeedVm {
  id: string;
  name: string;
  sshKeys: string[];
  userData: string;
}

/** JSON's strings are YAML's double-quoted ones. */
const quoted = (value: string): string => JSON.stringify(value);

export function seedDocuments(vm: SeedVm, nics: SeedNic[]): SeedDocuments {
  const documents = { metaData: metaData(vm), userData: vm.userData || '#cloud-config\n{}\n' };
  const asksDhcp = nics.length === 1 && nics[0].dhcp;
  return asksDhcp ? documents : { ...documents, networkConfig: networkConfig(nics) };
}

function metaData({ id, name, sshKeys }: SeedVm): string {
  const keys = sshKeys.map((key) => `  - ${quoted(key)}\n`).join('');
  return `instance-id: ${id}\nlocal-hostname: ${name}\n${keys && `public-keys:\n${keys}`}`;
}

/** Version 2 (netplan's). The first NIC has the default route that is used; what DHCP tells the others comes after it. */
function networkConfig(nics: SeedNic[]): string {
  return ['version: 2', 'ethernets:', ...nics.flatMap(ethernet)].join('\n') + '\n';
}

function ethernet(nic: SeedNic, position: number): string[] {
  const addressing = nic.dhcp ? leased(position) : fixed(nic, position === 0);
  const lines = [
    'match:',
    `  macaddress: ${quoted(nic.mac)}`,
    `set-name: eth${position}`,
    ...addressing,
    `mtu: ${nic.mtu}`,
  ];
  return [`  eth${position}:`, ...lines.map((line) => `    ${line}`)];
}

function leased(position: number): string[] {
  return ['dhcp4: true', 'dhcp4-overrides:', `  route-metric: ${(position + 1) * 100}`];
}

function fixed({ ip, prefix, gateway, dns }: SeedNic, first: boolean): string[] {
  const servers = dns.length > 0 ? ['nameservers:', `  addresses: [${dns.join(', ')}]`] : [];
  return [`addresses: [${ip}/${prefix}]`, ...(first ? [`gateway4: ${gateway}`] : []), ...servers];
}
