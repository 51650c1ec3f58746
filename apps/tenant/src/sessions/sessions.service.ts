import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { recordAudit } from '@nubo/audit';
import {
  createSession,
  endSessions,
  JWT_ISSUER,
  unauthenticated,
  type CreateSession,
  type Nothing,
  type NuboError,
  type RequestContext,
  type SessionView,
} from '@nubo/contracts';
import { Intentions, principalOf, Refusals } from '@nubo/persistence';
import { isUUID } from 'class-validator';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import { countedLogin } from '../credentials/attempts.rules';
import { PasswordsService } from '../credentials/passwords.service';
import { endSessionsOf } from './sessions.reconciler';
import { claimsOf, emailKeyOf, refusalOf, SESSION_SECONDS } from './sessions.rules';

@Injectable()
export class SessionsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
    private readonly jwt: JwtService,
    private readonly refusals: Refusals,
  ) {}

  async create(ctx: RequestContext, { email, password }: CreateSession): Promise<SessionView> {
    const emailKey = emailKeyOf(email);
    const counted = countedLogin(emailKey, ctx.address);
    const user = await this.intentions.read((em) => em.findOneBy(User, { emailKey }));
    const right = await this.passwords.check(ctx, counted, [user?.passwordHash, password]);
    if (!user || !right) throw await this.failed(ctx, user);
    await this.assertOpen(user);
    await this.record(ctx, user);
    return this.sign(user);
  }

  /** Principals that are no users (services, fixed tokens) have no sessions. */
  async end(ctx: RequestContext, input: Nothing): Promise<Nothing> {
    const { userId } = principalOf(ctx);
    if (!isUUID(userId)) return {};
    return this.intentions.write(endSessions, ctx, input, async ({ em }) => {
      await endSessionsOf(em, userId);
      return {};
    });
  }

  /** The owner of the tenant whose user it was is to see it; who tried is not known. */
  private async failed(ctx: RequestContext, user: User | null): Promise<NuboError> {
    const error = unauthenticated('login_failed', 'The e-mail or the password is wrong.');
    const about = { resourceId: user?.id ?? null, tenantId: user?.tenantId ?? null };
    await this.refusals.record(createSession, ctx, error, about);
    return error;
  }

  private async assertOpen({ tenantId, state }: User): Promise<void> {
    const tenant = tenantId && (await this.intentions.read((em) => em.findOneBy(Tenant, { id: tenantId })));
    const refusal = refusalOf(tenant || null, state);
    if (refusal) throw refusal;
  }

  /** Not as an intention: its answer, the token, must not be kept for an Idempotency-Key. */
  private async record(ctx: RequestContext, { id, tenantId, role }: User): Promise<void> {
    const principal = { userId: id, tenantId, role };
    await this.intentions.apply(ctx, ({ em }) =>
      recordAudit(em, { ...ctx, principal }, createSession.subject, id),
    );
  }

  private async sign(user: User): Promise<SessionView> {
    const issuedAt = Math.floor(Date.now() / 1000);
    const expiresAt = issuedAt + SESSION_SECONDS;
    const token = await this.jwt.signAsync(
      { ...claimsOf(user), iat: issuedAt, exp: expiresAt },
      { algorithm: 'ES256', issuer: JWT_ISSUER },
    );
    return {
      token,
      userId: user.id,
      tenantId: user.tenantId,
      role: user.role,
      mustChangePassword: user.mustChangePassword,
      expiresAt: new Date(expiresAt * 1000).toISOString(),
    };
  }
}
