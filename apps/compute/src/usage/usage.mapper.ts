import type { VmUsageView } from '@nubo/contracts';
import type { MeteredAmounts } from '@nubo/quota';
import type { VmUsage } from '../../../../libs/entities/src/compute';

export function toVmUsageView({ vmId, since, sampledAt }: VmUsage, used: MeteredAmounts): VmUsageView {
  return {
    vmId,
    cpuSeconds: used.cpuSeconds ?? 0,
    diskReadBytes: used.diskReadBytes ?? 0,
    diskWrittenBytes: used.diskWrittenBytes ?? 0,
    networkInBytes: used.networkInBytes ?? 0,
    networkOutBytes: used.networkOutBytes ?? 0,
    since: since.toISOString(),
    sampledAt: sampledAt?.toISOString() ?? null,
  };
}
