import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { PodmanClient } from '../client';

export interface Asked {
  line: string;
  body: string;
}

/** A server that answers as podman 4.3.1 did, and notes what it was asked. */
export class PodmanStandIn {
  readonly asked: Asked[] = [];
  answer: (asked: Asked, response: ServerResponse) => void = (_, response) => response.writeHead(204).end();
  private readonly server: Server;
  private readonly ends: Duplex[] = [];
  /** Connections that are open. */
  open = 0;

  constructor() {
    this.server = createServer((request, response) => void this.take(request, response));
  }

  readonly client = new PodmanClient(() => {
    const [near, far] = duplexPair();
    this.open += 1;
    far.on('close', () => this.closed(near)).on('error', () => undefined);
    this.ends.push(far);
    this.server.emit('connection', far);
    return Promise.resolve(near);
  });

  says(status: number, body: unknown): void {
    this.answer = (_, response) => response.writeHead(status).end(JSON.stringify(body));
  }

  stop(): void {
    this.ends.forEach((end) => end.destroy());
  }

  private closed(near: Duplex): void {
    this.open -= 1;
    near.destroy();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    const asked = { line: `${request.method} ${decodeURIComponent(request.url ?? '')}`, body: '' };
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    asked.body = Buffer.concat(chunks).toString();
    this.asked.push(asked);
    this.answer(asked, response);
  }
}

/** Below it are all paths. */
export const API = '/v4.0.0/libpod';
