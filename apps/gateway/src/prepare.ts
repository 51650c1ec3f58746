import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { acceptStreams } from '@nubo/service';
import { serveDocs } from './docs/swagger-ui';
import { addRequestHooks } from './rest/request-hooks';

/** What the gateway's HTTP side has besides its routes. */
export function prepare(app: NestFastifyApplication): void {
  acceptStreams(app.getHttpAdapter().getInstance());
  addRequestHooks(app);
  serveDocs(app);
}
