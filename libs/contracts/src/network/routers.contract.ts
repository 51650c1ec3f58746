import { Id, Ip, OneOf, Text, TextList } from '../wire/fields';
import { event } from '../wire/event';
import { operation } from '../wire/operation';
import { ById } from '../wire/resource';
import { NETWORK_STATES, type NetworkState } from './vpcs.contract';

/** A VPC's router as other services see it. Its id is the VPC's id. */
export class RouterView {
  @Id() id!: string;
  @Id() vpcId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Id() hostId!: string;
  @Text({ description: 'The network namespace on its host.' }) namespace!: string;
  @Ip() externalIp!: string;
  @TextList(256, 18, { description: 'The subnets behind it.' }) cidrs!: string[];
  @OneOf(NETWORK_STATES) state!: NetworkState;
}

export interface RouterEvent {
  routerId: string;
}

/** For the caller in ctx.principal: another tenant's is not found. */
export const getRouter = operation('network.routers.get', ById, RouterView, { permission: 'service' });

/** The router was made, made anew (its host came back) or changed its subnets. */
export const routerProgrammed = event<RouterEvent>('network.router.programmed', 'pat');
export const routerDeleted = event<RouterEvent>('network.router.deleted', 'pat');
