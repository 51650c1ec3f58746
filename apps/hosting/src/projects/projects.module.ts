import { Module } from '@nestjs/common';
import { projectShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Project } from '../../../../libs/entities/src/hosting';
import { CredentialsModule } from '../credentials/credentials.module';
import { HostingConfig } from '../hosting.config';
import { ProjectFolders } from './project-folders.driver';
import { ProjectEvents } from './projects.events';
import { ProjectsHandler } from './projects.handler';
import { ProjectMapper } from './projects.mapper';
import { ProjectsReconciler } from './projects.reconciler';
import { ProjectsService } from './projects.service';
import { ProjectStore } from './projects.store';
import { SftpAccess } from './sftp-access.service';

@Module({
  imports: [CredentialsModule],
  controllers: [
    ProjectsHandler,
    sharesHandler({ noun: 'project', entity: Project, operations: projectShares }),
  ],
  providers: [
    HostingConfig,
    ProjectFolders,
    ProjectEvents,
    ProjectMapper,
    ProjectsReconciler,
    ProjectsService,
    ProjectStore,
    SftpAccess,
  ],
  exports: [HostingConfig, ProjectFolders, ProjectMapper, ProjectStore],
})
export class ProjectsModule {}
