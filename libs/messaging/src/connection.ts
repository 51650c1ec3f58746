import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EVENT_ROOT, EVENT_STREAM, unavailable } from '@nubo/contracts';
import { endProcess, secret, text } from '@nubo/config';
import { log } from '@nubo/observability';
import {
  connect,
  Events,
  RetentionPolicy,
  StorageType,
  type ConnectionOptions,
  type NatsConnection,
} from 'nats';

const DAY_NS = 86_400_000_000_000;
const SLOW_MS = 5_000;

/** Connection options from `NATS_URL` (nats://user:password@host:port): waits for a bus that is not up yet, for ever. */
export function natsOptions(name: string): ConnectionOptions {
  const url = new URL(secret('NATS_URL', 'nats://127.0.0.1:4222'));
  return {
    servers: [`${url.hostname}:${url.port || '4222'}`],
    user: decodeURIComponent(url.username) || undefined,
    pass: decodeURIComponent(url.password) || undefined,
    name,
    inboxPrefix: `_INBOX_${name}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    // A bus that is set up anew may refuse a login for a while.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    pingInterval: 10_000,
    // Else every request makes an Error, for a stack that nobody reads.
    noAsyncTraces: true,
  };
}

/** The service's own connection to the bus, for calls, events and key-value buckets. */
@Injectable()
export class BusConnection implements OnModuleInit, OnApplicationShutdown {
  private nats?: NatsConnection;
  private up = false;
  private closing = false;
  private readonly onUp: (() => Promise<void>)[] = [];

  onModuleInit(): void {
    this.open().catch((error: unknown) => {
      log.fatal({ err: error }, 'the bus refuses this service');
      endProcess(1, 200);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    await this.nats?.close();
  }

  /** The live connection. Throws `unavailable` while the bus is away. */
  get(): NatsConnection {
    if (!this.nats || !this.up)
      throw unavailable('bus_unavailable', 'The message bus does not answer; try again shortly.');
    return this.nats;
  }

  /** Runs `work` now if the bus is up, and again after every reconnect. */
  whenUp(work: () => Promise<void>): void {
    this.onUp.push(work);
    if (this.up) this.run(work);
  }

  private async open(): Promise<void> {
    const warn = (): void => log.warn('no bus yet, waiting: it is not there, or it refuses the login');
    const slow = setTimeout(warn, SLOW_MS).unref();
    this.nats = await connect(natsOptions(text('NUBO_SERVICE')));
    clearTimeout(slow);
    if (this.closing) return this.nats.close();
    await this.cameUp();
    for await (const status of this.nats.status()) {
      if (status.type === Events.Disconnect) {
        this.up = false;
        log.warn('bus connection lost');
      }
      if (status.type === Events.Reconnect) await this.cameUp();
    }
  }

  private async cameUp(): Promise<void> {
    this.up = true;
    this.run(() => this.ensureStream());
    this.onUp.forEach((work) => this.run(work));
  }

  private run(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      log.warn({ err: error }, 'bus set-up failed, trying again');
      if (!this.closing) setTimeout(() => this.up && this.run(work), 1_000).unref();
    });
  }

  private async ensureStream(): Promise<void> {
    const manager = await this.get().jetstreamManager({ checkAPI: false });
    await manager.streams.add({
      name: EVENT_STREAM,
      subjects: [`${EVENT_ROOT}.>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_age: 7 * DAY_NS,
      duplicate_window: 120_000_000_000,
    });
  }
}
