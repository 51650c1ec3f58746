import type { VmUsageView } from '@nubo/contracts';
import type { MeteredAmounts } from '@nubo/quota';
import type { InstanceUsage } from '../../../../libs/entities/src/compute';

export type UsedUp = Omit<VmUsageView, 'vmId'>;

export function usedUp({ since, sampledAt }: InstanceUsage, used: MeteredAmounts): UsedUp {
  return {
    cpuSeconds: used.cpuSeconds ?? 0,
    diskReadBytes: used.diskReadBytes ?? 0,
    diskWrittenBytes: used.diskWrittenBytes ?? 0,
    networkInBytes: used.networkInBytes ?? 0,
    networkOutBytes: used.networkOutBytes ?? 0,
    since: since.toISOString(),
    sampledAt: sampledAt?.toISOString() ?? null,
  };
}
