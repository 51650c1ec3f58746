import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { overrideSettings } from '@nubo/config';
import type { SessionClaims } from '@nubo/contracts';
import { BUS_USERS, natsServerConfig, Revocations, type BusConnection, type BusUser } from '@nubo/messaging';
import { httpAdapter } from '@nubo/service';
import { eventually } from '@nubo/testing';
import { connect } from 'nats';
import { startNats } from '../../../../stack/nats';
import { freePort } from '../../../../stack/ports';
import type { Server } from '../../../../stack/server';
import { temporaryFolder } from '../../../../stack/testing';
import { openApiDocument } from '../docs/offline';
import { GatewayModule } from '../gateway.module';
import { prepare } from '../prepare';
import { exampleAnswers } from './examples';
import { StandIns } from './stand-ins';
import { claimsOf, es256Pair, signed, type KeyPair } from './tokens';

const PASSWORDS = Object.fromEntries(BUS_USERS.map((user) => [user, 'test'])) as Record<BusUser, string>;

export interface Asking {
  method?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The whole gateway on a bus with the platform's permissions, and stand-ins behind it. */
export class TestGateway {
  constructor(
    readonly app: NestFastifyApplication,
    readonly services: StandIns,
    readonly document: OpenAPIObject,
    readonly keys: KeyPair,
    private readonly nats: Server,
    private readonly tidy: () => void,
  ) {}

  get url(): string {
    return urlOf(this.app);
  }

  /** A session of somebody; an owner unless told otherwise. */
  token(overrides: Partial<SessionClaims> = {}): string {
    return signed(claimsOf(overrides), this.keys);
  }

  /** JSON goes out unless the body is a text already. */
  ask(path: string, { method = 'GET', token, body, headers = {} }: Asking = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token && { Authorization: token }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** Ends a user's sessions as the tenant service does. */
  async revoke(userId: string, epoch: number): Promise<void> {
    const nats = await connect({
      servers: new URL(this.nats.url).host,
      user: 'admin',
      pass: PASSWORDS.admin,
    });
    await new Revocations({ get: () => nats } as unknown as BusConnection).revoke(userId, epoch);
    await nats.close();
    const watched = this.app.get(Revocations, { strict: false });
    await eventually(() => watched.isRevoked(userId, epoch - 1));
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.services.bus.stop();
    await this.nats.stop();
    this.tidy();
  }
}

export async function testGateway(): Promise<TestGateway> {
  const folder = temporaryFolder();
  const keys = es256Pair();
  const nats = await testNats(folder, await freePort());
  const restore = overrideSettings(settingsOf(nats.url, keys));
  const document = await openApiDocument();
  const services = await StandIns.open(urlFor('admin', nats), exampleAnswers(document));
  const app = await startGateway();
  await eventually(async () => (await fetch(`${urlOf(app)}/health/ready`)).ok);
  return new TestGateway(app, services, document, keys, nats, () => {
    restore();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** A bus with the platform's users and permissions. */
export function testNats(folder: string, port: number): Promise<Server> {
  return startNats({
    dir: join(folder, 'nats'),
    port,
    config: ({ storeDir }) => natsServerConfig({ port, storeDir, passwords: PASSWORDS }),
  });
}

const urlFor = (user: BusUser, { url }: { url: string }): string =>
  Object.assign(new URL(url), { username: user, password: PASSWORDS[user] }).toString();

export function urlOf(app: NestFastifyApplication): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** What the gateway is told by its environment. */
export const settingsOf = (busUrl: string, keys: KeyPair): Record<string, string> => ({
  NUBO_SERVICE: 'gateway',
  NATS_URL: urlFor('gateway', { url: busUrl }),
  NUBO_JWT_PUBLIC_KEY: keys.publicKey,
});

/** Listens on a free port; need not be ready. */
export async function startGateway(): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule, httpAdapter(), {
    logger: false,
    abortOnError: false,
  });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  return app;
}
