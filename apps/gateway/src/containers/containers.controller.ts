import {
  ContainerView,
  createContainer,
  deleteContainer,
  getContainer,
  getContainerUsage,
  listContainers,
  listContainerTimeline,
  updateContainer,
  VmTimelineEntry,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/containers', 'Containers')
export class ContainersController {
  constructor(private readonly rest: Rest) {}

  @Lists(listContainers, ContainerView, 'List the containers that you may see')
  listContainers(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createContainer, 'Create a container from an image', { settledBy: getContainer })
  createContainer(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getContainer, 'Show a container')
  getContainer(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateContainer, 'Change a container; start or stop it with `state`', { settledBy: getContainer })
  updateContainer(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteContainer, 'Delete a container', { settledBy: getContainer })
  deleteContainer(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }

  @Reads(getContainerUsage, 'Show what a container has used up', { path: ':id/usage' })
  getContainerUsage(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Lists(listContainerTimeline, VmTimelineEntry, 'Show what happened to a container, newest first', {
    path: ':id/timeline',
  })
  listContainerTimeline(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }
}
