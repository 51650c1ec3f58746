import { listLocations, LocationView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Lists, Noun } from '../rest/route.decorator';

@Noun('iaas/locations', 'Hosts')
export class LocationsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listLocations, LocationView, 'List the locations where VMs and containers can be')
  listLocations(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }
}
