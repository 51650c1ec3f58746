import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ERROR_KINDS, NuboError, type WireError } from '@nubo/contracts';
import { log } from '@nubo/observability';
import type { FastifyReply } from 'fastify';

const INTERNAL: WireError = { kind: 'internal', code: 'internal', message: 'The service failed.' };

/** Errors on the internal port travel as they do on the bus. */
@Catch()
export class WireErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const wire = error instanceof NuboError ? error.toWire() : INTERNAL;
    if (wire === INTERNAL) log.warn({ err: error }, 'an upload broke off');
    void reply.status(ERROR_KINDS[wire.kind].status).send(wire);
  }
}
