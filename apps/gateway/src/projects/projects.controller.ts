import {
  addSshKey,
  createProject,
  deleteProject,
  getProject,
  listProjects,
  listSshKeys,
  ProjectView,
  removeSshKey,
  resetSftpPassword,
  SshKeyView,
  updateProject,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('hosting/projects', 'Hosting')
export class ProjectsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listProjects, ProjectView, 'List the projects that you may see')
  listProjects(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createProject, 'Make a project: a site with its name in DNS and its login for SFTP', {
    settledBy: getProject,
    description: 'The answer holds the password for SFTP, this once.',
  })
  createProject(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getProject, 'Show a project')
  getProject(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateProject, 'Change how a project is run and published, and its metadata', {
    settledBy: getProject,
  })
  updateProject(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteProject, 'Delete a project with its files; its name rests for a day', {
    settledBy: getProject,
  })
  deleteProject(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }

  @Creates(resetSftpPassword, 'Make a new password for SFTP', {
    path: ':id/passwords',
    locatedBy: undefined,
    description: 'The answer holds it, this once. The one before opens nothing any more.',
  })
  resetSftpPassword(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Lists(listSshKeys, SshKeyView, 'List the SSH keys that open a project’s files', { path: ':id/ssh-keys' })
  listSshKeys(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(addSshKey, 'Let an SSH key open a project’s files', {
    path: ':id/ssh-keys',
    locatedBy: undefined,
  })
  addSshKey(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(removeSshKey, 'Let an SSH key open a project’s files no more', { path: ':id/ssh-keys/:keyId' })
  removeSshKey(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
