import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module';
import { SitesModule } from '../sites/sites.module';
import { DomainsHandler } from './domains.handler';
import { DomainsReconciler } from './domains.reconciler';
import { ProofPace } from './domains.rules';
import { DomainsService } from './domains.service';
import { DomainStore } from './domains.store';
import { Proofs } from './proofs.driver';

@Module({
  imports: [CertificatesModule, SitesModule],
  controllers: [DomainsHandler],
  providers: [DomainsReconciler, DomainsService, DomainStore, ProofPace, Proofs],
  exports: [DomainStore],
})
export class DomainsModule {}
