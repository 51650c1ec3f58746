import { Controller, Get, Header, Inject, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { notFound } from '@nubo/contracts';
import { GATEWAY_CONFIG, type GatewayConfig } from '../gateway.config';
import { OpenToAll } from '../rest/open-to-all';

/** What everybody may see: the front door leads to the documentation, and the certificate of the platform's own authority. */
@OpenToAll()
@ApiExcludeController()
@Controller()
export class RootController {
  constructor(@Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig) {}

  @Get()
  @Redirect('/docs', 302)
  showDocs(): void {}

  @Get('ca.pem')
  @Header('Content-Type', 'application/x-pem-file')
  showAuthority(): string {
    if (this.config.ca === '') throw notFound('certificate authority', 'ca.pem');
    return `${this.config.ca}\n`;
  }
}
