import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveDocs } from './docs/swagger-ui';
import { addRequestHooks } from './rest/request-hooks';

/** What the gateway's HTTP side has besides its routes. */
export function prepare(app: NestFastifyApplication): void {
  addRequestHooks(app);
  serveDocs(app);
}
