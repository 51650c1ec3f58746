import { Catch, type ExceptionFilter } from '@nestjs/common';
import { NuboError, type WireError } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { throwError, type Observable } from 'rxjs';

/** What a caller is told of an error that nobody meant. */
export const INTERNAL: WireError = {
  kind: 'internal',
  code: 'internal',
  message: 'Something went wrong inside Nubo; the log has the details under this requestId.',
};

/** Turns whatever a handler throws into data for the caller; what was not thrown on purpose is logged whole and told in one sentence. */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    const wire = this.toWire(error);
    if (wire.kind === 'internal') log.error({ err: error }, 'operation failed');
    else log.debug({ code: wire.code, detail: wire.message }, 'operation refused');
    return throwError(() => wire);
  }

  private toWire(error: unknown): WireError {
    return error instanceof NuboError ? error.toWire() : INTERNAL;
  }
}
