import {
  ContainerView,
  createContainer,
  deleteContainer,
  getContainer,
  getContainerUsage,
  listContainers,
  listContainerTimeline,
  readContainerLogs,
  updateContainer,
  VmTimelineEntry,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

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

  @Acts('GET', readContainerLogs, 'Show the last lines that were written in a container', {
    path: ':id/logs',
    plainText: true,
    queries: [{ name: 'lines', type: 'integer', description: 'How many, at most 1000; default 100.' }],
    description: 'Plain text; JSON with `Accept: application/json`. Control characters are shown, not sent.',
  })
  readContainerLogs(@Ask() asked: Asked): Promise<object | string> {
    return this.rest.actInText(asked, 'text');
  }

  @Lists(listContainerTimeline, VmTimelineEntry, 'Show what happened to a container, newest first', {
    path: ':id/timeline',
  })
  listContainerTimeline(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }
}
