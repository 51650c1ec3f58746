import { Controller } from '@nestjs/common';
import {
  knownLocations,
  listLocations,
  Nothing,
  type LocationView,
  type Page,
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
}
