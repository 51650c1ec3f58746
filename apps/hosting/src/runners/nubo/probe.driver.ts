import http from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Endpoint } from '../runner';

const ANSWER_MS = 3_000;

/** Asks programs whether they answer. */
@Injectable()
export class Probe {
  /** What is wrong with the answer, for a person; null: it is one, below 500. Never throws. */
  ask(
    { host, port }: Endpoint,
    { hostname, path }: { hostname: string; path: string },
    signal: AbortSignal,
  ): Promise<string | null> {
    return new Promise((resolve) => {
      const options = { host, port, path, headers: { Host: hostname }, agent: false, signal };
      const request = http.get(options, (response) => {
        const { statusCode = 0 } = response;
        response.destroy();
        resolve(statusCode < 500 ? null : `it answers ${statusCode} to GET ${path}`);
      });
      request.setTimeout(ANSWER_MS, () => request.destroy(new Error('it does not answer')));
      request.once('error', ({ message }) => resolve(`it does not answer (${message})`));
    });
  }
}
