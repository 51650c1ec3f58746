import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { forbidden, type Principal } from '@nubo/contracts';
import { admit } from '@nubo/messaging';
import { pathOf, type GatewayRequest } from '../rest/asked';
import { permissionOf, routeOf, type RouteSpec } from '../rest/route';
import { Routes } from '../rest/routes';
import { Authenticators } from './authenticators';

/** Lets in whom the route's operation admits; everything else about rights is the services' to say. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly routes: Routes,
    private readonly authenticators: Authenticators,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = routeOf(context.getHandler());
    if (!route) return this.routes.isOpen(context.getClass());
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    request.nubo = { route };
    if (permissionOf(route) !== 'anyone') request.nubo.principal = await this.admitted(route, request);
    return true;
  }

  private async admitted(route: RouteSpec, request: GatewayRequest): Promise<Principal> {
    const { id: requestId, method, url, ip: address, headers, params } = request;
    const authorization = headers.authorization ?? '';
    const principal = await this.authenticators.identify({
      authorization,
      method,
      path: pathOf(url),
      address,
    });
    if (principal.mustChangePassword && !isOpenFor(route, principal, params as Record<string, string>)) {
      const own = `PUT /iaas/users/${principal.userId}`;
      throw forbidden('password_change_required', `Change your password first: ${own}.`);
    }
    admit(route.op, { requestId, principal });
    return principal;
  }
}

function isOpenFor(route: RouteSpec, principal: Principal, params: Record<string, string>): boolean {
  const { whilePasswordPending } = route;
  return (
    whilePasswordPending === 'always' ||
    (whilePasswordPending === 'own' && params['id']?.toLowerCase() === principal.userId.toLowerCase())
  );
}
