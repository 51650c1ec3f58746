import 'reflect-metadata';
import { Server } from 'node:tls';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceName } from '@nubo/contracts';
import { endProcess, integer, text } from '@nubo/config';
import { BusDoor, unhandledOperations } from '@nubo/messaging';
import { log, startMetrics } from '@nubo/observability';
import { Logger } from 'nestjs-pino';
import { httpAdapter } from './http-adapter';
import { TlsFile } from './tls';

type Root = new (...args: never[]) => object;

/** Adds what a service's HTTP side needs besides health and metrics (the gateway's REST). */
export type Prepare = (app: NestFastifyApplication) => Promise<void> | void;

/**
 * Starts one service: its health port first, then its door on the bus, which may not be up yet. Ends the process with
 * exit code 1 and one clear line when it is not set up rightly.
 */
export async function bootstrap(root: Root, service: ServiceName, prepare?: Prepare): Promise<void> {
  try {
    await startService(root, service, prepare);
  } catch (error) {
    end(service, error);
  }
}

function end(service: ServiceName, error: unknown): void {
  log.fatal({ err: error }, `${service} cannot start`);
  endProcess(1, 200);
}

/**
 * Starts one service in this process; resolves when its health port listens. Throws when an operation of its contract
 * has no handler, or a setting is missing.
 */
export async function startService(
  root: Root,
  service: ServiceName,
  prepare?: Prepare,
): Promise<NestFastifyApplication> {
  const missing = unhandledOperations(service);
  if (missing.length > 0) throw new TypeError(`no handler for ${missing.join(', ')}`);
  // People reach no other service, and services reach each other on the bus or inside.
  const tls = service === 'gateway' ? TlsFile.fromSettings() : undefined;
  const app = await NestFactory.create<NestFastifyApplication>(root, httpAdapter(undefined, tls?.read()), {
    bufferLogs: true,
    abortOnError: false,
  });
  const server: object = app.getHttpServer();
  if (server instanceof Server) tls?.follow(server);
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks();
  startMetrics();
  await prepare?.(app);
  if (service !== 'gateway') connectBus(app, service);
  await app.listen(integer('NUBO_HTTP_PORT', 8080, [0, 65535]), text('NUBO_HTTP_HOST', '127.0.0.1'));
  if (service !== 'gateway') app.startAllMicroservices().catch((error: unknown) => end(service, error));
  return app;
}

function connectBus(app: NestFastifyApplication, service: ServiceName): void {
  app.connectMicroservice<MicroserviceOptions>(
    { strategy: new BusDoor(service) },
    { inheritAppConfig: false },
  );
}
