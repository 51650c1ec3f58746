import { randomUUID } from 'node:crypto';
import { Readiness } from '@nubo/observability';
import {
  Database,
  DatabaseDefinition,
  dataSourceOptions,
  Listener,
  serviceSchema,
  SHARED_SCHEMAS,
} from '@nubo/persistence';
import { eventually, testDatabase, type TestDatabase } from '@nubo/testing';
import { DataSource, type EntityManager } from 'typeorm';
import type { Outcome, Reconciler } from '../reconciler';
import type { Run } from '../run';
import { wake, type WakeOptions } from '../work-store';
import { Worker, WorkerPace } from '../worker';

const KIND = 'thing';
const OWN = { schema: 'things', entities: [], migrations: [] };

export interface WorkerOptions {
  pace?: Partial<WorkerPace>;
  /** Without it the worker never hears of a wake. */
  hears?: boolean;
}

/** A reconciler whose runs are what the test says. */
export class Scripted implements Reconciler {
  readonly expiries: string[] = [];

  constructor(
    readonly run: (id: string, run: Run) => Promise<Outcome>,
    readonly kind = KIND,
  ) {}

  async expired(_id: string, reason: string): Promise<void> {
    this.expiries.push(reason);
  }
}

/** A worker like that of one process. */
export class TestWorker {
  constructor(
    readonly worker: Worker,
    private readonly source: DataSource,
    private readonly listener: Listener,
    private readonly database: Database,
  ) {}

  /** As a process that ends in order. */
  async stop(): Promise<void> {
    this.listener.beforeApplicationShutdown();
    await this.worker.beforeApplicationShutdown();
    await this.database.onApplicationShutdown();
    if (this.source.isInitialized) await this.source.destroy();
  }

  /** Loses its database for good, as a process on a cut-off machine. */
  async cutOff(): Promise<void> {
    await this.source.destroy();
  }
}

/** One database with a `work` table, and workers on it. */
export class Workplace {
  private readonly workers: TestWorker[] = [];

  private constructor(private readonly database: TestDatabase) {}

  static async open(): Promise<Workplace> {
    return new Workplace(await testDatabase([OWN]));
  }

  get em(): EntityManager {
    return this.database.em;
  }

  async worker(reconcilers: Reconciler[], options: WorkerOptions = {}): Promise<TestWorker> {
    const own = serviceSchema(OWN);
    const source = new DataSource(dataSourceOptions(own));
    const definition = new DatabaseDefinition(own, SHARED_SCHEMAS);
    const database = new Database(source, definition, new Readiness());
    const listener = new Listener(database, definition);
    const pace = Object.assign(new WorkerPace(), { idleMs: 20 }, options.pace);
    const worker = new Worker(database, listener, pace);
    reconcilers.forEach((reconciler) => worker.register(reconciler));
    const made = new TestWorker(worker, source, listener, database);
    this.workers.push(made);
    database.onModuleInit();
    await database.ready();
    if (options.hears) listener.onApplicationBootstrap();
    worker.onApplicationBootstrap();
    return made;
  }

  /** Wakes a resource, a new one unless `id` is given. */
  async wake(options: WakeOptions & { id?: string; kind?: string } = {}): Promise<string> {
    const { id = randomUUID(), kind = KIND, ...rest } = options;
    await this.em.transaction((em) => wake(em, kind, id, rest));
    return id;
  }

  async row(id: string): Promise<WorkState | undefined> {
    const rows: WorkState[] = await this.em.query(
      `SELECT fence::float8 AS fence, attempts, last_error AS error, deadline_at AS deadline,
         lease_until > clock_timestamp() AS leased, due_at <= clock_timestamp() AS due, due_at = 'infinity' AS asleep
       FROM work WHERE resource_id = $1`,
      [id],
    );
    return rows[0];
  }

  /** Waits until nobody works on it and it is not due. */
  async asleep(id: string): Promise<WorkState> {
    return eventually(async () => {
      const row = await this.row(id);
      return row && !row.leased && !row.due ? row : undefined;
    });
  }

  /** Stops the workers of the test. */
  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }

  /** Stops the workers of the test and forgets its work. */
  async clear(): Promise<void> {
    await this.stopWorkers();
    await this.em.query('DELETE FROM work');
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.database.stop();
  }
}

export interface WorkState {
  fence: number;
  attempts: number;
  error: string | null;
  deadline: Date | null;
  leased: boolean;
  due: boolean;
  asleep: boolean;
}

/** Something that a test opens when it is time. */
export class Latch {
  private opened = false;
  private readonly waiting: (() => void)[] = [];

  open(): void {
    this.opened = true;
    this.waiting.splice(0).forEach((go) => go());
  }

  wait(): Promise<void> {
    return this.opened ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}
