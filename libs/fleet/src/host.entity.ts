import type { HostExternal, HostRole, HostState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** A machine that runs guests or routers. Written by compute only, read by every service that reaches hosts. */
@Entity({ schema: 'fleet', name: 'hosts' })
@Index('hosts_name', ['name'], { unique: true })
@Index('hosts_address', ['address', 'port'], { unique: true })
export class Host extends ResourceEntity {
  declare state: HostState;
  @Column('text') address!: string;
  @Column('int', { default: 22 }) port!: number;
  @Column('text', { name: 'login' }) user!: string;
  /** The pinned key, `SHA256:…` as ssh-keygen -lf prints it. */
  @Column('text', { name: 'host_key' }) hostKey!: string;
  @Column('text', { array: true }) roles!: HostRole[];
  @Column('text') location!: string;
  /** What really runs guests here; null until found out. */
  @Column('text', { nullable: true }) virt!: 'kvm' | 'qemu' | null;
  @Column('int', { default: 0 }) vcpus!: number;
  /** MiB that guests may have. */
  @Column('int', { name: 'memory_mib', default: 0 }) memoryMib!: number;
  /** GiB that guests' disks may have. */
  @Column('int', { name: 'disk_gib', default: 0 }) diskGib!: number;
  @Column('int', { name: 'used_vcpus', default: 0 }) usedVcpus!: number;
  @Column('int', { name: 'used_memory_mib', default: 0 }) usedMemoryMib!: number;
  @Column('int', { name: 'used_disk_gib', default: 0 }) usedDiskGib!: number;
  /** The address that carries VXLAN; IPv4. */
  @Column('text', { name: 'underlay_address', nullable: true }) underlayAddress!: string | null;
  @Column('jsonb', { nullable: true }) external!: HostExternal | null;
  @Column('timestamptz', { name: 'last_seen_at', nullable: true }) lastSeenAt!: Date | null;
  /** What its libvirt says while the host itself answers; null: it works, as far as is known. */
  @Column('text', { name: 'libvirt_fault', nullable: true }) libvirtFault!: string | null;
  /** The same of its podman. */
  @Column('text', { name: 'podman_fault', nullable: true }) podmanFault!: string | null;
  /** Changes whenever the host has booted anew (/proc/sys/kernel/random/boot_id or the like). */
  @Column('text', { name: 'boot_id', nullable: true }) bootId!: string | null;
}
