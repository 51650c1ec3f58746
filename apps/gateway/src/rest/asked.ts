import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal, RequestContext } from '@nubo/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contextOf, inputOf, singleValues, waitOf, type Query } from './asked.rules';
import type { RouteSpec } from './route';
import { isMultipart } from '@nubo/service';

/** What the guard has found out about a request. */
export interface Admitted {
  route?: RouteSpec;
  principal?: Principal;
}
export type GatewayRequest = FastifyRequest & { nubo?: Admitted };

/** One REST request, understood but with its input not validated yet. */
export interface Asked {
  readonly route: RouteSpec;
  readonly ctx: RequestContext;
  readonly input: object;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly waitMs?: number;
  readonly request: GatewayRequest;
  readonly reply: FastifyReply;
}

/** Without the query, and without the server that a request for a proxy names (RFC 9112, 3.2.2). */
export const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');

/** The parameter of a controller's method that holds all that was asked. Throws `invalid`. */
export const Ask = createParamDecorator((_data: undefined, context: ExecutionContext): Asked => {
  const http = context.switchToHttp();
  const request = http.getRequest<GatewayRequest>();
  const route = request.nubo?.route;
  if (!route) throw new TypeError(`${context.getHandler().name} has no route decorator`);
  return askedOf(route, request, http.getResponse<FastifyReply>());
});

function askedOf(route: RouteSpec, request: GatewayRequest, reply: FastifyReply): Asked {
  const query = singleValues(route, request.query as Query);
  const params = request.params as Record<string, string>;
  const principal = request.nubo?.principal ?? null;
  const caller = { requestId: request.id, principal, address: request.ip };
  return {
    route,
    ctx: contextOf(route, caller, request.headers, query),
    input: inputOf(route, params, query, isMultipart(request) ? {} : request.body),
    path: pathOf(request.url),
    query,
    waitMs: waitOf(query),
    request,
    reply,
  };
}
