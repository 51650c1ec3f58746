/** The domain of a VM as libvirt's XML (https://libvirt.org/formatdomain.html). */

export interface NicSpec {
  bridge: string;
  /** The tap device's name on the host; at most 15 characters. */
  device: string;
  mac: string;
  mtu: number;
}

export interface DomainSpec {
  vmId: string;
  virt: 'kvm' | 'qemu';
  vcpus: number;
  memoryMib: number;
  nics: NicSpec[];
}

/** Ours alone: marks a domain's metadata. */
export const OWNER_NAMESPACE = 'urn:nubo:vm:1';
export const VM_FOLDER = '/var/lib/nubo/vms';

export const domainName = (vmId: string): string => `nubo-${vmId}`;
export const folderOf = (vmId: string): string => `${VM_FOLDER}/${vmId}`;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
};
const escaped = (value: string | number): string =>
  String(value).replaceAll(/[&<>'"]/g, (character) => ENTITIES[character] ?? character);

/** Template tag: every value becomes escaped text; what is raw is put together outside. */
function xml(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return strings.reduce((text, part, i) => text + escaped(values[i - 1] ?? '') + part);
}

/**
 * Machine `pc`: about 27 slots for disks and NICs to come, which q35 has only with root ports. The seed is a virtio disk:
 * Debian's cloud kernel has no AHCI. `<stats>`: without it there are no memory figures. A guest that crashes stays off
 * until the reconciler starts it again.
 */
export function domainXml(spec: DomainSpec, platformId: string): string {
  const folder = folderOf(spec.vmId);
  return `${head(spec, platformId)}
  <devices>
${disk(`${folder}/disk.qcow2`)}
${seed(`${folder}/seed.iso`)}
${spec.nics.map(nic).join('\n')}
${xml`    <serial type='pty'>
      <log file='${folder}/console.log' append='on'/>
      <target port='0'/>
    </serial>`}
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <memballoon model='virtio'>
      <stats period='5'/>
    </memballoon>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
</domain>
`;
}

const CPU = { kvm: 'host-passthrough', qemu: 'maximum' } as const;

const head = (
  { vmId, virt, vcpus, memoryMib }: DomainSpec,
  platformId: string,
): string => xml`<domain type='${virt}'>
  <name>${domainName(vmId)}</name>
  <uuid>${vmId}</uuid>
  <metadata>
    <nubo:vm xmlns:nubo='${OWNER_NAMESPACE}' platform='${platformId}'/>
  </metadata>
  <memory unit='MiB'>${memoryMib}</memory>
  <vcpu>${vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='${CPU[virt]}'/>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>`;

const disk = (file: string): string => xml`    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='${file}'/>
      <target dev='vda' bus='virtio'/>
    </disk>`;

const seed = (file: string): string => xml`    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${file}'/>
      <target dev='vdb' bus='virtio'/>
      <readonly/>
    </disk>`;

const nic = ({ bridge, device, mac, mtu }: NicSpec): string => xml`    <interface type='bridge'>
      <source bridge='${bridge}'/>
      <target dev='${device}'/>
      <mac address='${mac}'/>
      <mtu size='${mtu}'/>
      <model type='virtio'/>
    </interface>`;

const OWNER = new RegExp(`<(?:[\\w-]+:)?vm\\s[^>]*xmlns:[\\w-]+=["']${OWNER_NAMESPACE}["'][^>]*>`);

/** Whether a domain's XML, as libvirt gives it back, carries this platform's mark. */
export function isOurs(domain: string, platformId: string): boolean {
  const mark = OWNER.exec(domain)?.[0];
  return mark !== undefined && /platform=["']([^"']*)["']/.exec(mark)?.[1] === platformId;
}
