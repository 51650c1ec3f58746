import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { forbidden, type Principal } from '@nubo/contracts';
import { admit } from '@nubo/messaging';
import { Refusals } from '../audit/refusals.service';
import { pathOf, type GatewayRequest } from '../rest/asked';
import { permissionOf, routeOf, type RouteSpec } from '../rest/route';
import { Routes } from '../rest/routes';
import { Denied } from './authenticator';
import { Authenticators } from './authenticators';

/** Lets in whom the route's operation admits; everything else about rights is the services' to say. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly routes: Routes,
    private readonly authenticators: Authenticators,
    private readonly refusals: Refusals,
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
    let known: Principal | null = null;
    try {
      known = await this.identified(request);
      assertAdmitted(route, request, known);
      return known;
    } catch (error) {
      const principal = error instanceof Denied ? error.principal : known;
      this.refusals.note(route, request, { error, principal });
      throw error;
    }
  }

  private identified({ method, url, ip: address, headers }: GatewayRequest): Promise<Principal> {
    const authorization = headers.authorization ?? '';
    return this.authenticators.identify({ authorization, method, path: pathOf(url), address });
  }
}

function assertAdmitted(
  route: RouteSpec,
  { id: requestId, params }: GatewayRequest,
  principal: Principal,
): void {
  if (principal.mustChangePassword && !isOpenFor(route, principal, params as Record<string, string>)) {
    const own = `PUT /iaas/users/${principal.userId}`;
    throw forbidden('password_change_required', `Change your password first: ${own}.`);
  }
  admit(route.op, { requestId, principal });
}

function isOpenFor(route: RouteSpec, principal: Principal, params: Record<string, string>): boolean {
  const { whilePasswordPending } = route;
  return (
    whilePasswordPending === 'always' ||
    (whilePasswordPending === 'own' && params['id']?.toLowerCase() === principal.userId.toLowerCase())
  );
}
