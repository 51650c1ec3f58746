import { Id, Int, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { ById } from '../wire/resource';

const Total = (description?: string): PropertyDecorator => Int(0, Number.MAX_SAFE_INTEGER, { description });

class Totals {
  @Total('Of all its processors and of what the host does for them.') cpuSeconds!: number;
  @Total() diskReadBytes!: number;
  @Total() diskWrittenBytes!: number;
  @Total('What it received.') networkInBytes!: number;
  @Total('What it sent.') networkOutBytes!: number;
  @Time({ description: 'From when on it was counted.' }) since!: string;
  @Time({ nullable: true, description: 'When it was last looked at: every 30 s, and before it is stopped.' })
  sampledAt!: string | null;
}

/** What a VM has used up since it was made, through all its starts. */
export class VmUsageView extends Totals {
  @Id() vmId!: string;
}

/** The same of a container. */
export class ContainerUsageView extends Totals {
  @Id() containerId!: string;
}

export const getVmUsage = operation('compute.vm-usage.get', ById, VmUsageView);
export const getContainerUsage = operation('compute.container-usage.get', ById, ContainerUsageView);
