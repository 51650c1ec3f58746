import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { apiDocument } from './document';

/** Swagger UI at /docs with its files from here, the document at /docs/json. */
export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, apiDocument(app), {
    jsonDocumentUrl: 'docs/json',
    raw: ['json'],
    customSiteTitle: 'Nubo API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
