import { Id, OneOf, Text, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ListInput } from '../wire/resource';

/** `…-asked`: somebody wants it. All others: it has come to be so. */
export const VM_EVENTS = [
  'created',
  'placed',
  'image-ready',
  'ports-ready',
  'start-asked',
  'started',
  'stop-asked',
  'stopped',
  'reboot-asked',
  'guest-off',
  'ended',
  'crashed',
  'host-down',
  'host-back',
  'nic-lost',
  'failed',
  'renamed',
  'shared',
  'unshared',
  'delete-asked',
] as const;
export type VmEventName = (typeof VM_EVENTS)[number];

export class ListVmTimeline extends ListInput {
  @Id() id!: string;
}

export class VmTimelineEntry {
  @Time() at!: string;
  @OneOf(VM_EVENTS) event!: VmEventName;
  @Text({ nullable: true, max: 2000, description: 'For a person: a host, addresses, a reason.' })
  detail!: string | null;
  @Id({
    nullable: true,
    description: 'Who asked for it, for those who manage it; null where nobody did.',
  })
  userId!: string | null;
  @Text({ nullable: true, description: 'The request that asked for it.' }) requestId!: string | null;
}

/** Newest first; the 500 newest are kept. */
export const listVmTimeline = operation('compute.vms.timeline.list', ListVmTimeline, pageOf(VmTimelineEntry));
/** The same of a container. */
export const listContainerTimeline = operation(
  'compute.containers.timeline.list',
  ListVmTimeline,
  pageOf(VmTimelineEntry),
);
