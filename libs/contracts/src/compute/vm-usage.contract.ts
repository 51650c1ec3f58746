import { Id, Int, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { ById } from '../wire/resource';

const Total = (description?: string): PropertyDecorator => Int(0, Number.MAX_SAFE_INTEGER, { description });

/** What a VM has used up since it was made, through all its starts. */
export class VmUsageView {
  @Id() vmId!: string;
  @Total('Of all its vCPUs and of what the host does for them.') cpuSeconds!: number;
  @Total() diskReadBytes!: number;
  @Total() diskWrittenBytes!: number;
  @Total('What the guest received.') networkInBytes!: number;
  @Total('What the guest sent.') networkOutBytes!: number;
  @Time({ description: 'From when on it was counted.' }) since!: string;
  @Time({ nullable: true, description: 'When it was last looked at: every 30 s, and before it is stopped.' })
  sampledAt!: string | null;
}

export const getVmUsage = operation('compute.vm-usage.get', ById, VmUsageView);
