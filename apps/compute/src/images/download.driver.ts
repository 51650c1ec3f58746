import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { ComputeConfig } from '../compute.config';
import { urlRefusal } from './url.rules';

/** The image cannot be had, however often it is tried; `code` is stable, the message for a person. */
export class ImageRefused extends Error {
  override readonly name = 'ImageRefused';

  constructor(
    readonly code: 'address_refused' | 'checksum_mismatch' | 'not_an_image' | 'not_found' | 'too_large',
    message: string,
  ) {
    super(message);
  }
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

/** Fetches images over HTTP. Never connects to addresses that are not public, unless the operator allows their range. */
@Injectable()
export class ImageDownload {
  private readonly agents: { 'http:': http.Agent; 'https:': https.Agent };

  constructor(private readonly config: ComputeConfig) {
    const options = { allowIPAddressList: config.imageAllowRanges };
    this.agents = {
      'http:': new RequestFilteringHttpAgent(options),
      'https:': new RequestFilteringHttpsAgent(options),
    };
  }

  /**
   * Writes what `url` gives to `file`. Rejects with {@link ImageRefused} when trying again cannot help, with any other
   * error when it may. What was written stays there then.
   */
  async fetch(url: string, file: string, options: DownloadOptions): Promise<Downloaded> {
    const response = await this.follow(url, options.signal);
    const length = Number(response.headers['content-length'] ?? Number.NaN);
    if (length > this.config.imageMaxBytes) {
      response.destroy();
      throw this.tooLarge();
    }
    const meter = new Meter(this.config.imageMaxBytes, () => this.tooLarge());
    const watch = watchProgress(meter, length, options);
    try {
      await pipeline(response, meter, createWriteStream(file, { mode: 0o600 }), { signal: watch.signal });
    } catch (error) {
      throw watch.failure() ?? error;
    } finally {
      watch.stop();
    }
    return checked(meter, options.sha256);
  }

  private async follow(first: string, signal: AbortSignal): Promise<IncomingMessage> {
    let url = new URL(first);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.request(url, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode === FOUND) return response;
      response.destroy();
      if (statusCode < 300 || statusCode >= 400 || !headers.location) throw statusError(url, statusCode);
      url = new URL(headers.location, url);
    }
    throw new ImageRefused('not_found', `The URL was redirected more than ${MAX_REDIRECTS} times.`);
  }

  private request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const refusal = urlRefusal(url.href, this.config.imageAllowRanges);
    if (refusal) throw new ImageRefused('address_refused', `${url.href} ${refusal}.`);
    const secure = url.protocol === 'https:';
    const options = {
      agent: this.agents[secure ? 'https:' : 'http:'],
      headers: { 'accept-encoding': 'identity', 'user-agent': 'nubo' },
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

  private tooLarge(): ImageRefused {
    const { imageMaxBytes } = this.config;
    return new ImageRefused(
      'too_large',
      `The image is larger than the ${imageMaxBytes} bytes that are allowed.`,
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

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) return done(this.tooLarge());
    this.hash.update(chunk);
    done(null, chunk);
  }
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

function checked({ hash, bytes }: Meter, wanted: string | null): Downloaded {
  const sha256 = hash.digest('hex');
  if (!wanted || wanted === sha256) return { sha256, bytes };
  throw new ImageRefused('checksum_mismatch', `The file's SHA-256 is ${sha256}, not ${wanted}.`);
}

function statusError(url: URL, status: number): Error {
  const message = `${url.host} answered ${status}`;
  if (status >= 500 || PASSING.has(status)) return new TypeError(message);
  return new ImageRefused('not_found', `${message} for ${url.pathname}.`);
}

/** request-filtering-agent 3.2 says so in words only. */
function explained(url: URL, error: Error & { code?: string }): Error {
  if (!/is not allowed\. Because/.test(error.message)) return error;
  const what = 'leads to an address that is not public and that the operator has not allowed';
  return new ImageRefused('address_refused', `${url.host} ${what}.`);
}
