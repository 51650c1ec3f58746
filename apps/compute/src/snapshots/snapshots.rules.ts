import { conflict, type Consistency, type VmState } from '@nubo/contracts';

interface Holdable {
  state: VmState;
  heldBy: string | null;
}

/** At rest: in any other state something else is done to its disk, or it has none. */
const AT_REST: VmState[] = ['running', 'stopped'];

/** Throws `conflict` unless the disk of the VM can be copied now. */
export function assertCanBeHeld({ state, heldBy }: Holdable): void {
  if (heldBy) throw conflict('vm_held', 'Another snapshot of this VM is being taken; wait for it.');
  if (AT_REST.includes(state)) return;
  throw conflict('vm_wrong_state', `A VM that is ${state} cannot be saved; it must be running or stopped.`, {
    state,
  });
}

interface Held extends Holdable {
  hold: 'off' | 'as-is' | null;
  generation: number;
  observedGeneration: number;
}

/** Whether the VM's reconciler knows that this snapshot holds it, and has done its part. */
export function isHeld(vm: Held, imageId: string): boolean {
  const known = vm.heldBy === imageId && vm.observedGeneration === vm.generation;
  return known && (vm.hold === 'as-is' || vm.state === 'stopped');
}

/** Of a guest; `cut`: it is off because its power was cut, or it crashed. */
export type GuestState = 'running' | 'off' | 'cut';

export const consistencyOf = (state: 'off' | 'cut'): Consistency => (state === 'cut' ? 'crash' : 'stopped');

/** `qemu-img info --output=json` of a VM's own disk. */
interface DiskInfo {
  format?: string;
  'full-backing-filename'?: string;
  'backing-filename'?: string;
  'format-specific'?: { data?: { 'data-file'?: string } };
}

/**
 * Why a disk is not read, or undefined: the guest's qemu could write its header, and root reads it. It must lean on the
 * image that the VM was made from, and on nothing else.
 */
export function diskRefusal(json: string, base: string): string | undefined {
  const info = JSON.parse(json) as DiskInfo;
  if (info.format !== 'qcow2') return `it is ${info.format ?? 'nothing known'}, not qcow2`;
  if (info['format-specific']?.data?.['data-file'] !== undefined) return 'it keeps its data in another file';
  const backing = info['backing-filename'];
  return backing === base ? undefined : `it leans on ${backing ?? 'nothing'}, not on the image of its VM`;
}

const gib = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);

/** Bytes; some of those needed stay free. */
export const roomRefusal = (free: number, needed: number): string =>
  `The host of the VM has no room to save its disk: ${gib(free)} GiB are free, ${gib(needed)} GiB are needed.`;
