/** What is decided alike for VMs and containers. */
import type { FieldError, HostState, VmNic } from '@nubo/contracts';

const MAX_NAME = 63;
const SUFFIX = 4;

/** The name of an instance that was given none: its image's, and the beginning of its id. */
export const nameFor = (image: string, id: string): string =>
  `${image.slice(0, MAX_NAME - SUFFIX - 1)}-${id.slice(0, SUFFIX)}`;

type Wanted = 'running' | 'stopped';

/** The state that shows that a wish is being carried out; undefined when there is nothing to do. */
export function transition(
  state: string,
  current: Wanted,
  wanted: Wanted,
): 'starting' | 'stopping' | undefined {
  if (state !== 'error' && current === wanted) return undefined;
  return wanted === 'running' ? 'starting' : 'stopping';
}

/** What is wrong with the NICs of a wish beyond the shape of their fields. */
export function nicErrors(nics?: VmNic[]): FieldError[] {
  if (nics?.length === 0) return [{ field: 'nics', message: 'must name at least one subnet' }];
  return repeatedAddresses(nics ?? []);
}

function repeatedAddresses(nics: VmNic[]): FieldError[] {
  const key = ({ subnetId, ip }: VmNic): string => `${subnetId} ${ip}`;
  return nics.flatMap((nic, i) => {
    const repeated = nic.ip !== undefined && nics.findIndex((other) => key(other) === key(nic)) < i;
    return repeated ? [{ field: `nics.${i}.ip`, message: 'is asked for twice' }] : [];
  });
}

/** What a failure to get a port means for good: asking again changes nothing until somebody acts. */
export const isFinal = (kind: string): boolean => !['unavailable', 'internal', 'limited'].includes(kind);

/** Hosts that can be worked on. One with a changed key or a failed enrolment cannot, like one that is down. */
const ANSWERING: readonly HostState[] = ['ready', 'suspect', 'deleting'];

export const answers = (state: HostState): boolean => ANSWERING.includes(state);
