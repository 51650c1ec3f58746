import { Module } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { ProjectFolders } from '../projects/project-folders.driver';
import { Blobs } from '../releases/blobs.driver';
import { Drafts } from './drafts.driver';
import { Sites } from './sites.driver';
import { VisitLogs } from './visit-logs.driver';

@Module({
  providers: [HostingConfig, ProjectFolders, Blobs, Drafts, Sites, VisitLogs],
  exports: [HostingConfig, ProjectFolders, Blobs, Drafts, Sites, VisitLogs],
})
export class SitesModule {}
