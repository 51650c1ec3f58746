import { Module } from '@nestjs/common';
import { projectShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Project } from '../../../../libs/entities/src/hosting';
import { CredentialsModule } from '../credentials/credentials.module';
import { SitesModule } from '../sites/sites.module';
import { ProjectEvents } from './projects.events';
import { ProjectsHandler } from './projects.handler';
import { ProjectMapper } from './projects.mapper';
import { ProjectsReconciler } from './projects.reconciler';
import { ProjectsService } from './projects.service';
import { ProjectStore } from './projects.store';
import { SftpAccess } from './sftp-access.service';

@Module({
  imports: [CredentialsModule, SitesModule],
  controllers: [
    ProjectsHandler,
    sharesHandler({ noun: 'project', entity: Project, operations: projectShares }),
  ],
  providers: [ProjectEvents, ProjectMapper, ProjectsReconciler, ProjectsService, ProjectStore, SftpAccess],
  exports: [ProjectMapper],
})
export class ProjectsModule {}
