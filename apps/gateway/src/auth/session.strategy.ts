import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { JWT_ISSUER, type SessionClaims } from '@nubo/contracts';
import { Strategy } from 'passport-jwt';
import { GATEWAY_CONFIG, type GatewayConfig } from '../gateway.config';
import { sessionOf, tokenOf, type Session } from './session.rules';

/** passport's name for it. */
export const SESSION_STRATEGY = 'nubo-session';

interface Bearing {
  headers: { authorization?: string };
}

/** Session tokens: ES256 and nothing else, from our issuer, with an expiry. */
@Injectable()
export class SessionStrategy extends PassportStrategy(Strategy, SESSION_STRATEGY) {
  constructor(@Inject(GATEWAY_CONFIG) config: GatewayConfig) {
    super({
      jwtFromRequest: ({ headers }: Bearing) => tokenOf(headers.authorization),
      secretOrKey: config.jwtPublicKey,
      algorithms: ['ES256'],
      issuer: JWT_ISSUER,
    });
  }

  validate(claims: Partial<SessionClaims & { exp: number }>): Session {
    return sessionOf(claims);
  }
}
