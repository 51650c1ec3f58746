import { Children, Flag, Id, Int, Ip, Name, OneOf, Text, TextList } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { event } from '../wire/event';
import { ManagedBy, type Manager } from '../wire/managed';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, ByIds, Nothing, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';

export const VM_STATES = [
  'creating',
  'running',
  'starting',
  'stopping',
  'rebooting',
  'stopped',
  'error',
  'deleting',
] as const;
export type VmState = (typeof VM_STATES)[number];

export class VmNic {
  @Id() subnetId!: string;
  @Ip({ optional: true, description: 'Default: the lowest free address of the subnet.' }) ip?: string;
}

export class CreateVm {
  @Name({ optional: true, description: 'Default: made from the image’s name.' }) name?: string;
  @Id() imageId!: string;
  @Children(() => VmNic, 8, {
    optional: true,
    description: 'Default: one on your default network, which is made when there is none.',
  })
  nics?: VmNic[];
  @Name({ optional: true, example: 'small', description: 'The name of a machine type.' })
  machineType?: string;
  @Int(1, 64, { optional: true, description: 'Default: the machine type’s, else 1.' }) vcpus?: number;
  @Int(64, 1_048_576, { optional: true, description: 'MiB; default: the machine type’s, else 512.' })
  memory?: number;
  @Int(1, 65_536, {
    optional: true,
    description: 'GiB; default: the machine type’s, else what the image needs.',
  })
  disk?: number;
  @Name({ optional: true, description: 'Where the host shall be; default: anywhere.' }) location?: string;
  @TextList(20, 2000, { optional: true, description: 'SSH public keys for the first user.' })
  sshKeys?: string[];
  @Text({ optional: true, max: 32_768, description: 'cloud-init user-data.' }) userData?: string;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateVm extends ById {
  @Name({
    optional: true,
    description: 'What the platform calls it; the guest keeps the host name that it was made with.',
  })
  name?: string;
  @OneOf(['running', 'stopped'], { optional: true }) state?: 'running' | 'stopped';
  @Metadata() metadata?: MetadataMap | null;
}

export class RebootVm extends ById {
  @Flag({ optional: true, description: 'Cut the power instead of asking the guest to shut down first.' })
  hard?: boolean;
}

export class ReadConsole extends ById {
  @Int(1, 1000, { optional: true, description: 'How many of the last lines; default 100.' }) lines?: number;
}

export class ConsoleView {
  @Text({ max: 1_000_000, description: 'Line feeds and tabs are its only control characters.' })
  text!: string;
}

export class VmNicView {
  @Id() portId!: string;
  @Id({ nullable: true, description: 'null until the default network stands.' }) subnetId!: string | null;
  @Ip({ nullable: true }) ip!: string | null;
  @Text({ nullable: true }) mac!: string | null;
}

export class VmView extends resourceView(VM_STATES) {
  @Id() imageId!: string;
  @Id({ nullable: true }) hostId!: string | null;
  @Name() location!: string;
  @Name({ nullable: true, description: 'The machine type that it was made from.' }) machineType!:
    string | null;
  @Int(1, 64) vcpus!: number;
  @Int(64, 1_048_576, { description: 'MiB' }) memory!: number;
  @Int(1, 65_536, { description: 'GiB' }) disk!: number;
  @Children(() => VmNicView, 8) nics!: VmNicView[];
  @ManagedBy({ nullable: true }) managedBy!: Manager | null;
}

/** The id is minted by the caller: repeating it makes one VM. Whoever it names pays for it, and may use it. */
export class EnsureVm {
  @Id() id!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Id({ description: 'Whose quota pays.' }) userId!: string;
  @ManagedBy() managedBy!: Manager;
  @Name() name!: string;
  @Name({ optional: true, description: 'Either the name of a platform image,' }) platformImage?: string;
  @Id({ optional: true, description: 'or an image.' }) imageId?: string;
  @Int(1, 64) vcpus!: number;
  @Int(64, 1_048_576, { description: 'MiB' }) memory!: number;
  @Int(1, 65_536, { optional: true, description: 'GiB; default: what the image needs.' }) disk?: number;
  @Name() location!: string;
  @Id({ optional: true, description: 'That very host.' }) hostId?: string;
  @Children(() => VmNic, 8) nics!: VmNic[];
  @Text({ optional: true, max: 32_768 }) userData?: string;
  @Metadata() metadata?: MetadataMap;
}

export interface VmEvent {
  vmId: string;
  tenantId: string | null;
}

export const createVm = operation('compute.vms.create', CreateVm, VmView);
export const listVms = listOperation('compute.vms.list', VmView, {
  ...RESOURCE_FIELDS,
  imageId: 'uuid',
  hostId: 'uuid',
  location: 'text',
  machineType: 'text',
  vcpus: 'int',
  memory: 'int',
  disk: 'int',
  managedBy: 'text',
  'nics.portId': 'texts',
  'nics.subnetId': 'texts',
  'nics.ip': 'texts',
});
export const getVm = operation('compute.vms.get', ById, VmView);
export const updateVm = operation('compute.vms.update', UpdateVm, VmView);
export const rebootVm = operation('compute.vms.reboot', RebootVm, VmView);
export const readConsole = operation('compute.vms.console', ReadConsole, ConsoleView, { timeoutMs: 15_000 });
export const deleteVm = operation('compute.vms.delete', ById, VmView);
export const vmShares = shareOperations('compute.vms');

export const ensureVm = operation('compute.vms.ensure', EnsureVm, VmView, { permission: 'service' });
/** Those of the ids that there are (still). */
export const findVms = operation('compute.vms.find', ByIds, pageOf(VmView), { permission: 'service' });
/** Harmless when it is gone already; it is until `find` does not know it any more. */
export const discardVm = operation('compute.vms.discard', ById, Nothing, { permission: 'service' });

/** The VM is gone from its host and from the tables. */
export const vmDeleted = event<VmEvent>('compute.vm.deleted');
