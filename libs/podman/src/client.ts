import { type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PodmanApi, pathOf, type Query } from './api';
import {
  detailOf,
  imageId,
  imageOf,
  statsOf,
  summaryOf,
  type ImageRecord,
  type InspectedContainer,
  type ListedContainer,
  type ListedStats,
} from './codec';
import { ensureContainer } from './creation';
import { type EventStream, listenTo } from './event-stream';
import { PodmanError } from './errors';
import { runInside, type ExecOptions } from './exec';
import { logLinesOf } from './frames';
import { type Ask, type OpenStream } from './http';
import { changesOf, splitReference } from './image-config';
import {
  type CallOptions,
  type ContainerDetail,
  type ContainerEvent,
  type ContainerSpec,
  type ContainerStats,
  type ContainerSummary,
  type ExecResult,
  type ImageDefaults,
  type ImageInfo,
  type LogLine,
} from './types';

const CALL_MS = 30_000;
/** An archive of a few hundred MB over a slow line. */
const TRANSFER_MS = 600_000;
/** What podman takes on top of the time that it leaves a container to end. */
const STOP_MARGIN_MS = 20_000;
const DEFAULT_STOP_S = 10;
/** Podman that cleans up after a container that has just ended (`container cleanup`) is in the way of its removal. */
const REMOVALS = 20;
const REMOVE_EVERY_MS = 100;

/**
 * The podman of one host. Nothing is kept between calls: each has a connection of its own, so that one that dies takes
 * one call with it. Every method rejects with PodmanError (podman refused), PodmanTimeout (no answer in time),
 * PodmanClosed (the connection is gone), the reason of the options' signal, or whatever the stream was not opened with.
 * Containers and images are named by name, reference or id.
 */
export class PodmanClient {
  private readonly api: PodmanApi;

  /** `open` connects to podman's API socket. */
  constructor(open: OpenStream) {
    this.api = new PodmanApi(open);
  }

  /** Podman's version: `4.3.1`. Its own answer to `version` takes seconds: it asks dpkg for packages. */
  async version(options?: CallOptions): Promise<string> {
    const ask = { method: 'GET' as const, path: pathOf(['_ping']), ...this.limits(options) };
    return String((await this.api.ask(ask)).headers['libpod-api-version']);
  }

  /** Takes in an archive of Docker's or OCI's format; resolves to the references in it. Default time: 10 minutes. */
  async loadImage(archive: Readable, options?: CallOptions): Promise<string[]> {
    const ask = this.transfer('POST', pathOf(['images', 'load']), archive, options);
    return (await this.api.json<{ Names: string[] }>(ask)).Names;
  }

  /**
   * Makes an image of a root file system's tar archive (also compressed) and calls it `reference`, which is taken from
   * an image that has it; resolves to the id. Throws TypeError for a label or a variable that podman could not read. Twice the same archive gives two images. Default time: 10 minutes.
   */
  async importImage(
    rootfs: Readable,
    { reference, ...defaults }: ImageDefaults & { reference: string },
    options?: CallOptions,
  ): Promise<string> {
    const query = new URLSearchParams({ reference });
    changesOf(defaults).forEach((change) => query.append('changes', change));
    const path = `${pathOf(['images', 'import'])}?${query.toString()}`;
    const { Id } = await this.api.json<{ Id: string }>(this.transfer('POST', path, rootfs, options));
    return imageId(Id);
  }

  /** Gives an image one more reference, `name:tag`, and takes it from an image that has it. */
  async tagImage(image: string, reference: string, options?: CallOptions): Promise<void> {
    const [repo, tag] = splitReference(reference);
    await this.post(['images', image, 'tag'], { repo, tag }, options);
  }

  /** Undefined when there is none. */
  image(image: string, options?: CallOptions): Promise<ImageInfo | undefined> {
    return orUndefined(async () =>
      imageOf(await this.get<ImageRecord>(['images', image, 'json'], {}, options)),
    );
  }

  async images(options?: CallOptions): Promise<ImageInfo[]> {
    return (await this.get<ImageRecord[]>(['images', 'json'], {}, options)).map(imageOf);
  }

  /** `in_use` while a container is made from it; harmless when there is none. By a reference that is not its last, only that one goes. */
  async removeImage(image: string, options?: CallOptions): Promise<void> {
    await orUndefined(() => this.delete(['images', image], {}, options));
  }

  /**
   * Makes a container, which does not run yet; resolves to its id. May be repeated: one of this name that carries all
   * labels of the spec is taken as it is, and what a podman that was killed had half made is made anew.
   * `conflict` when the name is another's, `not_found` when there is no such image.
   */
  createContainer(spec: ContainerSpec, options?: CallOptions): Promise<string> {
    return ensureContainer({
      spec,
      create: async (body) => {
        const ask = { method: 'POST' as const, path: pathOf(['containers', 'create']), body };
        return (await this.api.json<{ Id: string }>({ ...ask, ...this.limits(options) })).Id;
      },
      existing: () => this.container(spec.name, options),
      removeHalfMade: () => this.removeContainer(spec.name, options),
      pause: (ms) => pause(ms, options),
    });
  }

  /** Harmless when it runs. `other` when the runtime could not start it: the message says why. */
  async startContainer(container: string, options?: CallOptions): Promise<void> {
    await this.post(['containers', container, 'start'], {}, options);
  }

  /** TERM, and KILL after `seconds` (default: 10); resolves when it has stopped. Harmless when it does not run. */
  async stopContainer(
    container: string,
    { seconds = DEFAULT_STOP_S, ...options }: CallOptions & { seconds?: number } = {},
  ): Promise<void> {
    const timeoutMs = options.timeoutMs ?? seconds * 1_000 + STOP_MARGIN_MS;
    await this.post(['containers', container, 'stop'], { timeout: seconds }, { ...options, timeoutMs });
  }

  /** Sends a signal (default KILL) to the container's first process. `conflict` when it does not run. */
  async killContainer(
    container: string,
    { name = 'KILL', ...options }: CallOptions & { name?: string } = {},
  ): Promise<void> {
    await this.post(['containers', container, 'kill'], { signal: name }, options);
  }

  /** Kills it if it runs and removes it with all that it wrote; harmless when there is none. */
  async removeContainer(container: string, options?: CallOptions): Promise<void> {
    const query = { force: true, v: true, timeout: 0 };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await orUndefined(() => this.delete(['containers', container], query, options));
        return;
      } catch (error) {
        if (!isBusy(error) || attempt === REMOVALS) throw error;
        await pause(REMOVE_EVERY_MS, options);
      }
    }
  }

  /** Undefined when there is none. */
  container(container: string, options?: CallOptions): Promise<ContainerDetail | undefined> {
    return orUndefined(async () =>
      detailOf(await this.get<InspectedContainer>(['containers', container, 'json'], {}, options)),
    );
  }

  /** All, running or not, or those that have all of `labels` (`key` or `key=value`). */
  async containers({ labels = [], ...options }: CallOptions & { labels?: readonly string[] } = {}): Promise<
    ContainerSummary[]
  > {
    const query = { all: true, filters: labels.length > 0 ? { label: labels } : undefined };
    return (await this.get<ListedContainer[]>(['containers', 'json'], query, options)).map(summaryOf);
  }

  /** The last `lines` lines that it said, oldest first. */
  async logs(container: string, { lines, ...options }: CallOptions & { lines: number }): Promise<LogLine[]> {
    const query = { stdout: true, stderr: true, timestamps: true, tail: lines };
    const path = pathOf(['containers', container, 'logs'], query);
    return logLinesOf((await this.api.ask({ method: 'GET', path, ...this.limits(options) })).body);
  }

  /** The counters of all that run, in one call. */
  async stats(options?: CallOptions): Promise<ContainerStats[]> {
    interface Report {
      Stats: ListedStats[] | null;
    }
    const report = await this.get<Report>(['containers', 'stats'], { stream: false }, options);
    return (report.Stats ?? []).map(statsOf).filter(({ pids }) => pids > 0);
  }

  /**
   * Unpacks a tar archive (also compressed) into a folder of the container, running or not. Owners in the archive are
   * ids inside. What a container's root has put there can lead no path out of it. Default time: 10 minutes.
   */
  async putArchive(
    container: string,
    { folder, archive, ...options }: CallOptions & { folder: string; archive: Readable },
  ): Promise<void> {
    const path = pathOf(['containers', container, 'archive'], { path: folder, copyUIDGID: false });
    await this.api.ask(this.transfer('PUT', path, archive, options));
  }

  /**
   * Runs a program inside a running container; resolves with whatever status it has (127: there is no such program).
   * `conflict` when the container does not run. When the time is up the program still runs.
   */
  exec(container: string, argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return runInside(this.api, { container, argv, ...options, ...this.limits(options) });
  }

  /** Resolves to the exit code when the container does not run (any more). Default time: for ever. */
  async waitContainer(container: string, options: CallOptions = {}): Promise<number> {
    const path = pathOf(['containers', container, 'wait'], { condition: 'stopped' });
    return this.api.json<number>({ method: 'POST', path, timeoutMs: 0, ...options });
  }

  /**
   * Hears what happens to containers from the moment this resolves, in order; of the second before it, maybe again.
   * What happens while nobody listens is lost: look after every call of this.
   */
  events(listener: (event: ContainerEvent) => void, options?: CallOptions): Promise<EventStream> {
    return listenTo(this.api, listener, this.limits(options));
  }

  private limits(options: CallOptions = {}): Pick<Ask, 'timeoutMs' | 'signal'> {
    return { timeoutMs: options.timeoutMs ?? CALL_MS, signal: options.signal };
  }

  private transfer(method: 'POST' | 'PUT', path: string, body: Readable, options: CallOptions = {}): Ask {
    return { method, path, body, timeoutMs: options.timeoutMs ?? TRANSFER_MS, signal: options.signal };
  }

  private get<T>(segments: string[], query: Query, options?: CallOptions): Promise<T> {
    return this.api.json<T>({ method: 'GET', path: pathOf(segments, query), ...this.limits(options) });
  }

  private async post(segments: string[], query: Query, options?: CallOptions): Promise<void> {
    await this.api.ask({ method: 'POST', path: pathOf(segments, query), ...this.limits(options) });
  }

  private async delete(segments: string[], query: Query, options?: CallOptions): Promise<void> {
    await this.api.ask({ method: 'DELETE', path: pathOf(segments, query), ...this.limits(options) });
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof PodmanError && error.message.includes('device or resource busy');

const pause = (ms: number, options: CallOptions = {}): Promise<void> =>
  sleep(ms, undefined, { signal: options.signal });

async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PodmanError && error.kind === 'not_found') return undefined;
    throw error;
  }
}
