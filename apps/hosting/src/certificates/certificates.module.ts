import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { SitesModule } from '../sites/sites.module';
import { Acme } from './acme.driver';
import { Caa } from './caa.driver';
import { CertificateFiles } from './certificate-files.driver';
import { CertificatesReconciler } from './certificates.reconciler';
import { CertificatePace } from './certificates.rules';
import { CertificateStore } from './certificates.store';

@Module({
  imports: [CredentialsModule, SitesModule],
  providers: [Acme, Caa, CertificateFiles, CertificatePace, CertificatesReconciler, CertificateStore],
  exports: [CertificateFiles],
})
export class CertificatesModule {}
