import type { VmState } from '@nubo/contracts';

/** What the platform believes of a VM on a host. */
export interface BelievedVm {
  id: string;
  state: VmState;
}

export interface SeenVm {
  vmId: string;
  state: { is: 'missing' | 'running' | 'off' };
}

/** VMs that are at rest and not as they were believed to be. Those in transition have work of their own. */
export function differing(believed: BelievedVm[], seen: SeenVm[]): string[] {
  const byId = new Map(seen.map(({ vmId, state }) => [vmId, state.is]));
  const differs = ({ id, state }: BelievedVm): boolean => {
    const is = byId.get(id) ?? 'missing';
    return (state === 'running' && is !== 'running') || (state === 'stopped' && is === 'running');
  };
  return believed.filter(differs).map(({ id }) => id);
}

/** What lies on the host and belongs to no VM. `known` must have been read after `seen`: rows come before domains. */
export function strangers(seen: SeenVm[], known: ReadonlySet<string>): string[] {
  return seen.map(({ vmId }) => vmId).filter((vmId) => !known.has(vmId));
}
