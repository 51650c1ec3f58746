import { Id, Int, Name } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { Nothing } from '../wire/resource';

/** Where hosts stand that run VMs and containers. */
export class LocationView {
  @Name() name!: string;
  @Int(0, Number.MAX_SAFE_INTEGER, { description: 'How many of its hosts are ready.' }) hosts!: number;
}

export const listLocations = operation('compute.locations.list', Nothing, pageOf(LocationView));
/** The same for services. */
export const knownLocations = operation('compute.locations.known', Nothing, pageOf(LocationView), {
  permission: 'service',
});

/** Whose instances. */
export class PlacesOfUser {
  @Id() tenantId!: string;
  @Id() userId!: string;
}

export class PlaceView {
  @Name() name!: string;
  @Int(1, Number.MAX_SAFE_INTEGER, { description: 'How many of the user’s instances run there.' })
  instances!: number;
}

/** Where a user's own VMs and containers run, most of them first; those that a service keeps do not count. */
export const placesOfUser = operation('compute.locations.ofUser', PlacesOfUser, pageOf(PlaceView), {
  permission: 'service',
});
