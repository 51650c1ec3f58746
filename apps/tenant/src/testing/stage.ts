/** The tenant service on real parts: Postgres, NATS, SMTP. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  activateTenant,
  createUser,
  registerTenant,
  type CreateUser,
  type Principal,
  type UserView,
  type RequestContext,
  type RegisterTenant,
} from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestAppOptions,
} from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';
import { TenantModule } from '../tenant.module';
import { Inbox } from './inbox';

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

export interface Stage {
  app: TestApp;
  inbox: Inbox;
  em: EntityManager;
  publicKey: string;
  stop(): Promise<void>;
}

export interface StageOptions extends Pick<TestAppOptions, 'overrides'> {
  /** Opened by the test; else the stage opens one. */
  inbox?: Inbox;
}

export async function openStage({ inbox: given, overrides }: StageOptions = {}): Promise<Stage> {
  const inbox = given ?? new Inbox();
  if (!given) await inbox.open();
  const database = await testDatabase();
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const settings = {
    NUBO_JWT_KEY: keys.privateKey,
    SMTP_URL: inbox.url,
    NUBO_PUBLIC_URL: 'https://cloud.test',
  };
  const app = await testApp(TenantModule, 'tenant', { settings, overrides });
  const stop = async (): Promise<void> => {
    await app.stop();
    await database.stop();
    await inbox.close();
  };
  return { app, inbox, em: app.get(Database).manager, publicKey: keys.publicKey, stop };
}

export const nobody = (overrides: Partial<RequestContext> = {}): RequestContext => contextOf(null, overrides);
export const asAdmin = (overrides: Partial<RequestContext> = {}): RequestContext =>
  contextOf(someone('admin'), overrides);

/** A registration that nobody has sent yet. */
export function aRegistration(overrides: Partial<RegisterTenant> = {}): RegisterTenant {
  const name = `blue-${randomUUID().slice(0, 8)}`;
  return { name, email: `ada@${name}.test`, password: 'tomatoes-and-basil', ...overrides };
}

/** The UUID in the latest mail to `email`, once there are `count` mails. */
export function mailedUuid(inbox: Inbox, email: string, count = 1): Promise<string> {
  return eventually(() => {
    const mails = inbox.of(email);
    return UUID.exec(mails[count - 1]?.text ?? '')?.[0];
  });
}

export interface Member extends RegisterTenant {
  tenantId: string;
  userId: string;
  owner: Principal;
}

/** An activated tenant and its owner. */
export async function aTenant({ app, inbox, em }: Stage): Promise<Member> {
  const input = aRegistration();
  await app.call(registerTenant, nobody(), input);
  const tenantId = await mailedUuid(inbox, input.email);
  await app.call(activateTenant, nobody(), { tenantId, password: input.password });
  const { id: userId } = await em.findOneByOrFail(User, { tenantId });
  return { ...input, tenantId, userId, owner: someone('owner', { tenantId, userId }) };
}

/** Somebody who has no account yet. */
export function aPerson(overrides: Partial<CreateUser> = {}): CreateUser {
  const email = `grace-${randomUUID().slice(0, 8)}@blue.test`;
  return { email, password: 'tomatoes-and-basil', ...overrides };
}

/** A user whom the owner has added, as a principal. */
export async function aMember(
  { app }: Stage,
  owner: Principal,
  overrides: Partial<CreateUser> = {},
): Promise<{ view: UserView; who: Principal; password: string }> {
  const input = aPerson(overrides);
  const view = await app.call(createUser, contextOf(owner), input);
  const { id: userId, tenantId, role } = view;
  return { view, who: someone(role, { userId, tenantId }), password: input.password };
}
