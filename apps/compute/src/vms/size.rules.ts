import { invalidFields, type CreateVm } from '@nubo/contracts';

export const DEFAULT_VCPUS = 1;
/** MiB */
export const DEFAULT_MEMORY = 512;

export interface VmSize {
  vcpus: number;
  memoryMib: number;
  diskGib: number;
}

/** What a machine type gives; a disk of null is the image's. */
export interface TypeSize {
  name: string;
  vcpus: number;
  memoryMib: number;
  diskGib: number | null;
}

export interface SizeBasis {
  type?: TypeSize;
  /** GiB that the image needs. */
  least: number;
}

/** What a VM takes: explicit numbers, else the machine type's, else the defaults. Throws `invalid` for a disk below the image's. */
export function sizeOf(
  { vcpus, memory, disk }: Pick<CreateVm, 'vcpus' | 'memory' | 'disk'>,
  { type, least }: SizeBasis,
): VmSize {
  const diskGib = disk ?? type?.diskGib ?? least;
  if (diskGib < least) {
    const given = disk === undefined && type ? `; the machine type ${type.name} gives ${diskGib}` : '';
    const message = `must be at least ${least} (GiB): the image needs it${given}`;
    throw invalidFields([{ field: 'disk', message }]);
  }
  return {
    vcpus: vcpus ?? type?.vcpus ?? DEFAULT_VCPUS,
    memoryMib: memory ?? type?.memoryMib ?? DEFAULT_MEMORY,
    diskGib,
  };
}
