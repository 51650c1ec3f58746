import { Module } from '@nestjs/common';
import { projectShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Project } from '../../../../libs/entities/src/hosting';
import { CredentialsModule } from '../credentials/credentials.module';
import { DomainsModule } from '../domains/domains.module';
import { ProgramLogs } from '../programs/program-logs.service';
import { ProgramOutput } from '../programs/program-output.service';
import { ProgramsReconciler } from '../programs/programs.reconciler';
import { RevisionStore } from '../programs/revisions.store';
import { Secrets } from '../programs/secrets.service';
import { Cluster } from '../runners/kubernetes/cluster.driver';
import { ContentDoor } from '../runners/kubernetes/content-door.driver';
import { KubernetesConfig } from '../runners/kubernetes/kubernetes.config';
import { KubernetesRunner } from '../runners/kubernetes/kubernetes.runner';
import { KubernetesService } from '../runners/kubernetes/kubernetes.service';
import { PlatformIdentity } from '../runners/kubernetes/platform.service';
import { PodWatch } from '../runners/kubernetes/pod-watch.driver';
import { ProgramContents } from '../runners/kubernetes/program-contents.service';
import { HostContentReconciler } from '../runners/nubo/host-content.reconciler';
import { HostContents } from '../runners/nubo/host-contents.driver';
import { NuboRunner } from '../runners/nubo/nubo.runner';
import { Probe } from '../runners/nubo/probe.driver';
import { ReplicaStore } from '../runners/nubo/replicas.store';
import { Surroundings } from '../runners/nubo/surroundings.driver';
import { Runners } from '../runners/runners';
import { SitesModule } from '../sites/sites.module';
import { ProjectEvents } from './projects.events';
import { ProjectsHandler } from './projects.handler';
import { ProjectMapper } from './projects.mapper';
import { ProjectsReconciler } from './projects.reconciler';
import { ProjectsService } from './projects.service';
import { ProjectStore } from './projects.store';
import { SftpAccess } from './sftp-access.service';

@Module({
  imports: [CredentialsModule, DomainsModule, SitesModule],
  controllers: [
    ProjectsHandler,
    sharesHandler({ noun: 'project', entity: Project, operations: projectShares }),
  ],
  providers: [
    ...[ProjectEvents, ProjectMapper, ProjectsReconciler, ProjectsService, ProjectStore, SftpAccess],
    ...[ProgramLogs, ProgramOutput, ProgramsReconciler, RevisionStore, Runners, Secrets],
    ...[
      Cluster,
      ContentDoor,
      KubernetesConfig,
      KubernetesRunner,
      KubernetesService,
      PlatformIdentity,
      PodWatch,
      ProgramContents,
    ],
    ...[HostContentReconciler, HostContents, NuboRunner, Probe, ReplicaStore, Surroundings],
  ],
  exports: [ProgramOutput, ProjectMapper],
})
export class ProjectsModule {}
