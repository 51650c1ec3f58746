import { Controller } from '@nestjs/common';
import {
  AddSshKey,
  addSshKey,
  ById,
  CreateProject,
  createProject,
  deleteProject,
  getProject,
  ListInput,
  listProjects,
  listSshKeys,
  RemoveSshKey,
  removeSshKey,
  resetSftpPassword,
  UpdateProject,
  updateProject,
  type CreatedProjectView,
  type Nothing,
  type Page,
  type ProjectView,
  type RequestContext,
  type SftpPasswordView,
  type SshKeyView,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { ProjectsService } from './projects.service';
import { SftpAccess } from './sftp-access.service';

@Controller()
export class ProjectsHandler {
  constructor(
    private readonly projects: ProjectsService,
    private readonly access: SftpAccess,
  ) {}

  @Handles(createProject) create(ctx: RequestContext, input: CreateProject): Promise<CreatedProjectView> {
    return this.projects.create(ctx, input);
  }

  @Handles(listProjects) list(ctx: RequestContext, input: ListInput): Promise<Page<ProjectView>> {
    return this.projects.list(ctx, input);
  }

  @Handles(getProject) get(ctx: RequestContext, { id }: ById): Promise<ProjectView> {
    return this.projects.get(ctx, id);
  }

  @Handles(updateProject) update(ctx: RequestContext, input: UpdateProject): Promise<ProjectView> {
    return this.projects.update(ctx, input);
  }

  @Handles(deleteProject) delete(ctx: RequestContext, input: ById): Promise<ProjectView> {
    return this.projects.delete(ctx, input);
  }

  @Handles(resetSftpPassword) resetPassword(ctx: RequestContext, input: ById): Promise<SftpPasswordView> {
    return this.access.resetPassword(ctx, input);
  }

  @Handles(addSshKey) addKey(ctx: RequestContext, input: AddSshKey): Promise<SshKeyView> {
    return this.access.addKey(ctx, input);
  }

  @Handles(listSshKeys) listKeys(ctx: RequestContext, input: ById): Promise<Page<SshKeyView>> {
    return this.access.listKeys(ctx, input);
  }

  @Handles(removeSshKey) removeKey(ctx: RequestContext, input: RemoveSshKey): Promise<Nothing> {
    return this.access.removeKey(ctx, input);
  }
}
