/** The tiny domain that finds out whether guests really run with KVM. */

/** What the domain writes to its serial port when its CPU has worked. */
export const PROBE_SAYS = 'NUBO';

/**
 * The boot sector: enters 32-bit protected mode, counts down from 16 million, runs CPUID, writes "NUBO\n" to COM1 and
 * halts. Where KVM is only pretended, guests die or stand still on the way (seen with nested PVM).
 */
const BOOT_CODE =
  '+jHAjtgPARZgfA8gwAwBDyLA6hd8CABmuBAAjti5AAAAAUl1/THAD6JmuvgDvj98AACKBoTAdATuRuv29Ov9TlVCTwoAjXYAAAAAAAAAAAD//wAAAJrPAP//AAAAks8AFwBIfAAA';
const SECTOR = 512;

/** One bootable sector. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(SECTOR);
  Buffer.from(BOOT_CODE, 'base64').copy(sector);
  sector.writeUInt16BE(0x55aa, SECTOR - 2);
  return sector;
}

export interface ProbePlace {
  /** The domain's name. */
  name: string;
  /** Path of the disk on the host. */
  disk: string;
  /** Path of the file that takes what the guest says. */
  serial: string;
}

/** The transient domain: the CPU model that real guests get (host-passthrough under KVM), nothing to boot but the sector. */
export function probeXml({ name, disk, serial }: ProbePlace, virt: 'kvm' | 'qemu'): string {
  const cpu = virt === 'kvm' ? "<cpu mode='host-passthrough'/>" : '';
  return `<domain type='${virt}'>
  <name>${name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  ${cpu}
  <on_reboot>destroy</on_reboot>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${disk}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='none'/>
    <serial type='file'><source path='${serial}'/><target port='0'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
