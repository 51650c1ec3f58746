import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { forget, Leftover, leftOf } from './leftover';
import { askFor, goesOn, validatorOf } from './resume';
import { urlRefusal } from './url-refusal';

/** The file cannot be had, however often it is tried; `code` is stable, the message for a person. */
export class DownloadRefused extends Error {
  override readonly name = 'DownloadRefused';

  /** Of ours: `address_refused`, `checksum_mismatch`, `not_found`, `too_large`. */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface DownloadLimits {
  /** Bytes of the largest file that is taken. */
  maxBytes: number;
  /** CIDRs that URLs may lead to although they are not public. */
  allowRanges: string[];
}

export interface DownloadOptions {
  /** What it must be, hexadecimal. */
  sha256: string | null;
  signal: AbortSignal;
  /** Told at most once a second: percent, 0 while the length is not known. A rejection ends the download. */
  onProgress: (percent: number) => Promise<void>;
}

export interface Downloaded {
  /** Hexadecimal. */
  sha256: string;
  bytes: number;
}

const MAX_REDIRECTS = 5;
const IDLE_MS = 30_000;
const PROGRESS_MS = 1_000;
/** Statuses that may be another on the next try: RFC 9110, 6585. */
const PASSING = new Set([408, 425, 429]);
const FOUND = 200;
/** What a request for a range may be answered with, too: 416 when there is nothing behind the offset. */
const RANGED = new Set([206, 416]);

/** Fetches files over HTTP. Never connects to addresses that are not public, unless the operator allows their range. */
export class Download {
  private readonly agents: { 'http:': http.Agent; 'https:': https.Agent };

  constructor(private readonly limits: DownloadLimits) {
    const options = { allowIPAddressList: limits.allowRanges };
    this.agents = {
      'http:': new RequestFilteringHttpAgent(options),
      'https:': new RequestFilteringHttpsAgent(options),
    };
  }

  /**
   * Writes what `url` gives to `file`, from where an earlier one ended when the server still has the same version. Rejects
   * with {@link DownloadRefused} when trying again cannot help, with any other error when it may. What was written stays.
   */
  async fetch(url: string, file: string, options: DownloadOptions): Promise<Downloaded> {
    const { signal } = options;
    const left = await leftOf(file, url);
    if (!left) return this.whole(await this.follow(url, signal), { url, file, options });
    const meter = this.meter();
    await meter.passed(file, left.bytes, signal);
    const response = await this.follow(url, signal, askFor(left));
    if (response.statusCode === FOUND) return this.whole(response, { url, file, options });
    if (goesOn(response.statusCode ?? 0, response.headers, left)) {
      await truncate(file, left.bytes);
      return this.write(response, { url, file, meter, options });
    }
    response.destroy();
    return this.whole(await this.follow(url, signal), { url, file, options });
  }

  private async whole(response: IncomingMessage, writing: Omit<Writing, 'meter'>): Promise<Downloaded> {
    await forget(writing.file);
    return this.write(response, { ...writing, meter: this.meter() });
  }

  private async write(
    response: IncomingMessage,
    { url, file, meter, options }: Writing,
  ): Promise<Downloaded> {
    const start = meter.bytes;
    const length = start + Number(response.headers['content-length'] ?? Number.NaN);
    if (length > this.limits.maxBytes) {
      response.destroy();
      throw this.tooLarge();
    }
    const validator = validatorOf(response.headers);
    const leftover = validator ? new Leftover(file, { url, validator }) : undefined;
    const watch = watchProgress(meter, length, options);
    leftover?.begin();
    try {
      const disk = createWriteStream(file, { mode: 0o600, flags: start > 0 ? 'r+' : 'wx', start });
      await pipeline(response, meter, disk, { signal: watch.signal });
    } catch (error) {
      throw watch.failure() ?? error;
    } finally {
      watch.stop();
      await leftover?.end();
    }
    return this.checked(meter, start, { file, options });
  }

  /** Two parts that do not fit say nothing about the file: it is fetched as a whole the next time. */
  private async checked(meter: Meter, start: number, { file, options }: Pick<Writing, 'file' | 'options'>) {
    const sha256 = meter.hash.digest('hex');
    if (!options.sha256 || options.sha256 === sha256) return { sha256, bytes: meter.bytes };
    await forget(file);
    if (start > 0) throw new TypeError('the parts of the download do not fit together');
    throw new DownloadRefused('checksum_mismatch', `The file's SHA-256 is ${sha256}, not ${options.sha256}.`);
  }

  private async follow(
    first: string,
    signal: AbortSignal,
    headers: OutgoingHttpHeaders = {},
  ): Promise<IncomingMessage> {
    let url = new URL(first);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.request(url, signal, headers);
      const { statusCode = 0, headers: told } = response;
      if (statusCode === FOUND || (headers['range'] && RANGED.has(statusCode))) return response;
      response.destroy();
      if (statusCode < 300 || statusCode >= 400 || !told.location) throw statusError(url, statusCode);
      url = new URL(told.location, url);
    }
    throw new DownloadRefused('not_found', `The URL was redirected more than ${MAX_REDIRECTS} times.`);
  }

  private request(url: URL, signal: AbortSignal, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
    const refusal = urlRefusal(url.href, this.limits.allowRanges);
    if (refusal) throw new DownloadRefused('address_refused', `${url.href} ${refusal}.`);
    const secure = url.protocol === 'https:';
    const options = {
      agent: this.agents[secure ? 'https:' : 'http:'],
      headers: { 'accept-encoding': 'identity', 'user-agent': 'nubo', ...headers },
      timeout: IDLE_MS,
      signal,
    };
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).get(url, options, resolve);
      request.on('error', (error) => reject(explained(url, error)));
      request.on('timeout', () =>
        request.destroy(new TypeError(`${url.host} sent nothing for ${IDLE_MS / 1000} s`)),
      );
    });
  }

  private meter(): Meter {
    return new Meter(this.limits.maxBytes, () => this.tooLarge());
  }

  private tooLarge(): DownloadRefused {
    const { maxBytes } = this.limits;
    return new DownloadRefused(
      'too_large',
      `The file is larger than the ${maxBytes} bytes that are allowed.`,
    );
  }
}

/** Counts and hashes what passes; fails when it is too much. */
class Meter extends Transform {
  readonly hash: Hash = createHash('sha256');
  bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly tooLarge: () => Error,
  ) {
    super();
  }

  /** Takes the first `bytes` of a file as if they had come. */
  async passed(file: string, bytes: number, signal: AbortSignal): Promise<void> {
    const there = createReadStream(file, { end: bytes - 1, signal });
    for await (const chunk of there as AsyncIterable<Buffer>) this.hash.update(chunk);
    this.bytes = bytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) return done(this.tooLarge());
    this.hash.update(chunk);
    done(null, chunk);
  }
}

interface Writing {
  url: string;
  file: string;
  /** It has seen what is in the file already. */
  meter: Meter;
  options: DownloadOptions;
}

interface Watch {
  signal: AbortSignal;
  /** Why progress could not be told, if that ended the download. */
  failure(): unknown;
  stop(): void;
}

/** Not by AbortSignal.any: Node 20 may collect such a signal before it fires. */
function watchProgress(meter: Meter, length: number, { signal, onProgress }: DownloadOptions): Watch {
  const ended = new AbortController();
  const lose = (): void => ended.abort(signal.reason);
  let failure: unknown;
  const tell = () =>
    onProgress(length > 0 ? Math.floor((100 * meter.bytes) / length) : 0).catch((error: unknown) => {
      failure = error;
      ended.abort();
    });
  const timer = setInterval(() => void tell(), PROGRESS_MS);
  signal.addEventListener('abort', lose, { once: true });
  if (signal.aborted) lose();
  const stop = (): void => {
    clearInterval(timer);
    signal.removeEventListener('abort', lose);
  };
  return { signal: ended.signal, failure: () => failure, stop };
}

function statusError(url: URL, status: number): Error {
  const message = `${url.host} answered ${status}`;
  if (status >= 500 || PASSING.has(status)) return new TypeError(message);
  return new DownloadRefused('not_found', `${message} for ${url.pathname}.`);
}

/** request-filtering-agent 3.2 says so in words only. */
function explained(url: URL, error: Error & { code?: string }): Error {
  if (!/is not allowed\. Because/.test(error.message)) return error;
  const what = 'leads to an address that is not public and that the operator has not allowed';
  return new DownloadRefused('address_refused', `${url.host} ${what}.`);
}
