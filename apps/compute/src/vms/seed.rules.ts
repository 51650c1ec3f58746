/** What a guest is told at its first boot: the documents of cloud-init's NoCloud data source. */

export interface SeedDocuments {
  metaData: string;
  userData: string;
  /** Only where an address must be told: a guest without it asks DHCP. */
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
  return nics.every(({ dhcp }) => dhcp) ? documents : { ...documents, networkConfig: networkConfig(nics) };
}

function metaData({ id, name, sshKeys }: SeedVm): string {
  const keys = sshKeys.map((key) => `  - ${quoted(key)}\n`).join('');
  return `instance-id: ${id}\nlocal-hostname: ${name}\n${keys && `public-keys:\n${keys}`}`;
}

/** Version 2 (netplan's). Only the first NIC has a gateway: a guest has one default route. */
function networkConfig(nics: SeedNic[]): string {
  return ['version: 2', 'ethernets:', ...nics.flatMap(ethernet)].join('\n') + '\n';
}

function ethernet(nic: SeedNic, position: number): string[] {
  const addressing = nic.dhcp ? ['dhcp4: true'] : fixed(nic, position === 0);
  const lines = [
    'match:',
    `  macaddress: ${quoted(nic.mac)}`,
    `set-name: eth${position}`,
    ...addressing,
    `mtu: ${nic.mtu}`,
  ];
  return [`  eth${position}:`, ...lines.map((line) => `    ${line}`)];
}

function fixed({ ip, prefix, gateway, dns }: SeedNic, first: boolean): string[] {
  const servers = dns.length > 0 ? ['nameservers:', `  addresses: [${dns.join(', ')}]`] : [];
  return [`addresses: [${ip}/${prefix}]`, ...(first ? [`gateway4: ${gateway}`] : []), ...servers];
}
