import { Controller } from '@nestjs/common';
import {
  knownLocations,
  listLocations,
  Nothing,
  placesOfUser,
  PlacesOfUser,
  type LocationView,
  type Page,
  type PlaceView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { LocationsService } from './locations.service';

@Controller()
export class LocationsHandler {
  constructor(private readonly locations: LocationsService) {}

  @Handles(listLocations) async list(_ctx: RequestContext, _input: Nothing): Promise<Page<LocationView>> {
    return { items: await this.locations.all() };
  }

  @Handles(knownLocations) async known(_ctx: RequestContext, _input: Nothing): Promise<Page<LocationView>> {
    return { items: await this.locations.all() };
  }

  @Handles(placesOfUser) async ofUser(_ctx: RequestContext, input: PlacesOfUser): Promise<Page<PlaceView>> {
    return { items: await this.locations.ofUser(input) };
  }
}
