import { pathOf, type PodmanApi } from './api';
import { eventOf, type PodmanEvent } from './codec';
import { PodmanClosed, PodmanTimeout } from './errors';
import { type Ask } from './http';
import { type ContainerEvent } from './types';

/** An open ear. */
export interface EventStream {
  /** Resolves, with the reason, when no more is heard; never rejects. */
  readonly closed: Promise<Error>;
  /** Ends it; harmless when it has ended. */
  close(): void;
}

type Limits = Pick<Ask, 'timeoutMs' | 'signal'>;

/** By the host's clock, in whole seconds. */
async function nowAtHost(api: PodmanApi, limits: Limits): Promise<string> {
  const { headers } = await api.ask({ method: 'GET', path: pathOf(['_ping']), ...limits });
  const at = headers.date ? new Date(headers.date) : new Date();
  return String(Math.floor(at.getTime() / 1_000));
}

/** Resolves when podman has taken the request; the time of `limits` holds until then, its signal as long as it lasts. */
export async function listenTo(
  api: PodmanApi,
  listener: (event: ContainerEvent) => void,
  limits: Limits,
): Promise<EventStream> {
  const since = await nowAtHost(api, limits);
  const ended = new AbortController();
  const giveUp = (): void => ended.abort(limits.signal?.reason);
  limits.signal?.addEventListener('abort', giveUp);
  const close = (): void => ended.abort(new PodmanClosed('closed by this side'));
  const tell = (line: string): void => {
    const event = eventOf(JSON.parse(line) as PodmanEvent);
    // A listener that throws must not be taken for a broken connection.
    if (event) queueMicrotask(() => listener(event));
  };
  const path = pathOf(['events'], { stream: true, since, filters: { type: ['container'] } });
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => ended.abort(new PodmanTimeout('events', limits.timeoutMs)),
      limits.timeoutMs,
    );
    const ask = { method: 'GET' as const, path, timeoutMs: 0, signal: ended.signal };
    const closed = api
      .lines(
        ask,
        () => {
          clearTimeout(late);
          resolve({ closed, close });
        },
        tell,
      )
      .then(
        () => new PodmanClosed('podman ended the events'),
        (error: Error) => error,
      );
    // Of no effect when it has resolved.
    void closed.then((error) => {
      clearTimeout(late);
      limits.signal?.removeEventListener('abort', giveUp);
      reject(error);
    });
  });
}
