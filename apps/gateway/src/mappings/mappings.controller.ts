import {
  createMapping,
  deleteMapping,
  getMapping,
  listMappings,
  MappingView,
  updateMapping,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('pat/mappings', 'Port mappings')
export class MappingsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listMappings, MappingView, 'List the mappings that you may see')
  listMappings(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createMapping, 'Lead an external port of a router to a port of an instance', {
    settledBy: getMapping,
  })
  createMapping(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getMapping, 'Show a mapping')
  getMapping(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateMapping, 'Change a mapping', { settledBy: getMapping })
  updateMapping(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteMapping, 'Delete a mapping', { settledBy: getMapping })
  deleteMapping(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
