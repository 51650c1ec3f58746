import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { ServiceModule } from '@nubo/service';
import { AccessGuard } from './auth/access.guard';
import { AuthModule } from './auth/auth.module';
import { AuditController } from './audit/audit.controller';
import { Refusals } from './audit/refusals.service';
import { ContainersController } from './containers/containers.controller';
import { ArchiveUploads } from './cdn/archive-uploads.driver';
import { ContentFetch } from './cdn/content-fetch.driver';
import { DistributionsController } from './cdn/distributions.controller';
import { FetchController } from './cdn/fetch.controller';
import { ReleasesController } from './cdn/releases.controller';
import { TrafficController } from './cdn/traffic.controller';
import { HostsController } from './hosts/hosts.controller';
import { ImageUploads } from './images/image-uploads.driver';
import { ImagesController } from './images/images.controller';
import { LocationsController } from './locations/locations.controller';
import { MachineTypesController } from './machine-types/machine-types.controller';
import { MappingsController } from './mappings/mappings.controller';
import { ProblemFilter } from './problems/problem.filter';
import { ProjectDomainsController } from './projects/project-domains.controller';
import { ProjectReleasesController } from './projects/project-releases.controller';
import { ProjectsController } from './projects/projects.controller';
import { Rest } from './rest/rest.service';
import { Routes } from './rest/routes';
import { Settling } from './rest/settling';
import { PasswordResetsController } from './password-resets/password-resets.controller';
import { RootController } from './root/root.controller';
import { SessionsController } from './sessions/sessions.controller';
import { ContainerSharesController } from './shares/container-shares.controller';
import { ImageSharesController } from './shares/image-shares.controller';
import { ProjectSharesController } from './shares/project-shares.controller';
import { SubnetSharesController } from './shares/subnet-shares.controller';
import { VmSharesController } from './shares/vm-shares.controller';
import { VpcSharesController } from './shares/vpc-shares.controller';
import { SnapshotsController } from './snapshots/snapshots.controller';
import { SubnetsController } from './subnets/subnets.controller';
import { TenantsController } from './tenants/tenants.controller';
import { UsersController } from './users/users.controller';
import { VmsController } from './vms/vms.controller';
import { VpcsController } from './vpcs/vpcs.controller';

@Module({
  imports: [ServiceModule, AuthModule, DiscoveryModule],
  controllers: [
    RootController,
    SessionsController,
    PasswordResetsController,
    AuditController,
    TenantsController,
    UsersController,
    HostsController,
    ImagesController,
    ImageSharesController,
    MachineTypesController,
    VmsController,
    VmSharesController,
    ContainersController,
    ContainerSharesController,
    LocationsController,
    VpcsController,
    VpcSharesController,
    SnapshotsController,
    SubnetsController,
    SubnetSharesController,
    MappingsController,
    ProjectsController,
    ProjectDomainsController,
    ProjectReleasesController,
    ProjectSharesController,
    DistributionsController,
    ReleasesController,
    TrafficController,
    FetchController,
  ],
  providers: [
    ImageUploads,
    Refusals,
    ArchiveUploads,
    ContentFetch,
    Rest,
    Settling,
    Routes,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class GatewayModule {}
