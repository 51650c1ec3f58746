import { Module } from '@nestjs/common';
import { FLEET_SCHEMA, FleetModule } from '@nubo/fleet';
import { PersistenceModule } from '@nubo/persistence';
import { ReconcileModule } from '@nubo/reconcile';
import { ServiceModule } from '@nubo/service';
import { SharesModule } from '@nubo/shares';
import { VaultModule } from '@nubo/vault';
import { DnsModule } from './dns/dns.module';
import { HOSTING_SCHEMA } from './hosting.schema';
import { PROJECT_SECRETS, REVISION_VARIABLES } from './programs/secrets.service';
import { ProjectsModule } from './projects/projects.module';
import { PublicationModule } from './publication/publication.module';
import { ReleasesModule } from './releases/releases.module';
import { SessionsModule } from './sessions/sessions.module';

@Module({
  imports: [
    ServiceModule,
    PersistenceModule.forService(HOSTING_SCHEMA, [FLEET_SCHEMA]),
    FleetModule,
    ReconcileModule,
    SharesModule,
    VaultModule.of(PROJECT_SECRETS, REVISION_VARIABLES),
    ProjectsModule,
    PublicationModule,
    ReleasesModule,
    SessionsModule,
    DnsModule,
  ],
})
export class HostingModule {}
