import { Int } from '../wire/fields';
import { operation } from '../wire/operation';
import { ById } from '../wire/resource';

/** What the networks still have on a host. */
export class HostUseView {
  @Int(0, 1_000_000, { description: 'VPCs whose router is there.' }) routers!: number;
  @Int(0, 1_000_000, { description: 'NICs that are bound there, also those that are being removed.' })
  ports!: number;
}

/** A host that nobody knows has nothing. */
export const getHostUse = operation('network.hosts.use', ById, HostUseView, { permission: 'service' });
