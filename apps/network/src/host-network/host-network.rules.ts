import type { HostState } from '@nubo/contracts';

/** Hosts that can be asked to do something. */
export const isUsable = (state: HostState): boolean => state === 'ready' || state === 'suspect';
