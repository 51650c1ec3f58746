import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { log } from '@nubo/observability';
import { bodyTypesOf } from '@nubo/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../rest/asked';
import { Routes } from '../rest/routes';
import { PROBLEM_JSON } from './problem';
import { problemOf } from './problem.rules';

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly routes: Routes) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    if (isHealthReport(error)) void reply.status(error.getStatus()).send(error.getResponse());
    else this.tell(error, request, reply);
  }

  private tell(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { id: requestId, method } = request;
    const path = pathOf(request.url);
    const place = { requestId, method, path, allowed: this.routes.methodsOf(path) };
    const { problem, headers, unexpected } = problemOf(error, { ...place, bodyTypes: bodyTypesOf(request) });
    if (unexpected) log.error({ err: error, requestId, method, path }, 'request failed');
    for (const name of ['ETag', 'Link', 'Location']) reply.removeHeader(name);
    void reply.status(problem.status).headers(headers).type(PROBLEM_JSON).send(JSON.stringify(problem));
  }
}

/** Terminus throws its report: it says which part is down. */
function isHealthReport(error: unknown): error is HttpException {
  if (!(error instanceof HttpException)) return false;
  const report = error.getResponse();
  return typeof report === 'object' && 'status' in report && 'details' in report && 'error' in report;
}
