import { Children, Flag, Id, Int, Ip, Name, OneOf, Text, TextList } from '../wire/fields';
import { event } from '../wire/event';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, Nothing, resourceView } from '../wire/resource';
import { GRANT_LEVELS, type GrantLevel } from '../wire/shares';

/** `unbound`: has an address, no host. `binding`: its host is being programmed. `active`: guests may start on it. */
export const PORT_STATES = ['unbound', 'binding', 'active', 'deleting'] as const;
export type PortState = (typeof PORT_STATES)[number];

/** The id is minted by the caller, so that asking twice makes one port. */
export class CreatePort {
  @Id() id!: string;
  @Id() subnetId!: string;
  @Name({ description: 'The instance’s host name.' }) name!: string;
  @Id({ description: 'The instance that it belongs to.' }) instanceId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Id({ description: 'Whose quota pays.' }) userId!: string;
  @Ip({ optional: true }) ip?: string;
}

/** Can these NICs be made? Checked for a person before anything is promised; reserves nothing. */
export class CheckNic {
  @Id() subnetId!: string;
  @Ip({ optional: true }) ip?: string;
}

export class BindPort extends ById {
  @Id() hostId!: string;
}

export class FindPorts {
  @Id({ optional: true }) instanceId?: string;
  @Id({ optional: true }) portId?: string;
  @OneOf(GRANT_LEVELS, { optional: true, description: 'What the caller wants to do with them; default use.' })
  level?: GrantLevel;
}

export class PortGrant {
  @Id() userId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @OneOf(GRANT_LEVELS) level!: GrantLevel;
}

/** All who have access to an instance, and so to its NICs. */
export class SharePorts {
  @Id() instanceId!: string;
  @Children(() => PortGrant, 1_000) grants!: PortGrant[];
}

export class PortsShared {
  @Int(0, 1_000, { description: 'How many NICs the instance has by now.' }) ports!: number;
}

export class PortView extends resourceView(PORT_STATES) {
  @Id() subnetId!: string;
  @Id() vpcId!: string;
  @Id() instanceId!: string;
  @Id({ nullable: true }) hostId!: string | null;
  @Ip() ip!: string;
  @Int(8, 32) prefix!: number;
  @Ip() gateway!: string;
  @TextList(3, 15) dns!: string[];
  @Flag() dhcp!: boolean;
  @Text({ example: '52:54:00:12:34:56' }) mac!: string;
  @Int(576, 9000) mtu!: number;
  @Text({ description: 'The bridge on its host.' }) bridge!: string;
  @Text({ description: 'The tap device on its host: filters are tied to this name.' }) device!: string;
}

export interface PortEvent {
  portId: string;
  instanceId: string;
  vpcId: string;
}

export const checkNic = operation('network.ports.check', CheckNic, Nothing, { permission: 'service' });
export const createPort = operation('network.ports.create', CreatePort, PortView, { permission: 'service' });
export const bindPort = operation('network.ports.bind', BindPort, PortView, { permission: 'service' });
export const getPort = operation('network.ports.get', ById, PortView, { permission: 'service' });
/** Harmless when the port is gone already. */
export const deletePort = operation('network.ports.delete', ById, Nothing, { permission: 'service' });
/** Of the ports that the caller (ctx.principal) may use; `forbidden` when it may not do `level` with one of them. */
export const findPorts = operation('network.ports.find', FindPorts, pageOf(PortView), {
  permission: 'service',
});

/** Replaces who has access to an instance's ports. */
export const sharePorts = operation('network.ports.share', SharePorts, PortsShared, {
  permission: 'service',
});

/** The port's host is programmed: filters stand, the bridge is there. */
export const portActive = event<PortEvent>('network.port.active', 'compute');
/** The port and its address are gone. */
export const portDeleted = event<PortEvent>('network.port.deleted', 'compute', 'pat');
