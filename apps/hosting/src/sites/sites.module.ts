import { Module } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { ProjectFolders } from '../projects/project-folders.driver';
import { Blobs } from '../releases/blobs.driver';
import { Sites } from './sites.driver';
import { VisitLogs } from './visit-logs.driver';

@Module({
  providers: [HostingConfig, ProjectFolders, Blobs, Sites, VisitLogs],
  exports: [HostingConfig, ProjectFolders, Blobs, Sites, VisitLogs],
})
export class SitesModule {}
