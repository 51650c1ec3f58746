import http, { type IncomingMessage } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { NuboError, routeDistribution, type RouteView } from '@nubo/contracts';
import { Bus, validated } from '@nubo/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answeredHeaders, askedHeaders, type Wanted } from './fetch.rules';

/** A controller that is made anew has another address: the old one is asked no longer than that. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 10_000;
/** Of a controller that answers at all. */
const ANSWER_MS = 15_000;
/** Content is a customer's: in a browser it has no part in the gateway's origin. */
const POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

interface Remembered extends RouteView {
  until: number;
}

/** Carries content from customers' controllers to whoever asks for it. */
@Injectable()
export class ContentFetch implements OnApplicationShutdown {
  private readonly routes = new Map<string, Remembered>();
  private readonly agent = new http.Agent({ keepAlive: true, maxFreeSockets: 64 });

  constructor(private readonly bus: Bus) {}

  onApplicationShutdown(): void {
    this.agent.destroy();
  }

  async pass(request: FastifyRequest, reply: FastifyReply, wanted: Wanted): Promise<void> {
    const { url, near } = await this.route(request.id, wanted);
    const query = new URLSearchParams(wanted.query);
    if (near) query.set('near', near);
    const search = query.size > 0 ? `?${query}` : '';
    const answer = await this.ask(request, `${url}${wanted.path}${search}`);
    reply.raw.once('close', () => answer.destroy());
    void reply.removeHeader('Cache-Control');
    void reply
      .status(answer.statusCode ?? 502)
      .headers(answeredHeaders(answer.headers))
      .header('Content-Security-Policy', POLICY)
      .send(answer);
  }

  private async route(requestId: string, { customerId, user }: Wanted): Promise<RouteView> {
    const key = `${customerId} ${user ?? ''}`;
    const known = this.routes.get(key);
    if (known && known.until > Date.now()) return known;
    const input = await validated(routeDistribution.input, { customerId, ...(user && { user }) });
    const found = await this.bus.call(routeDistribution, { requestId, principal: null }, input);
    if (this.routes.size >= MOST_REMEMBERED) this.routes.clear();
    this.routes.set(key, { ...found, until: Date.now() + REMEMBERED_MS });
    return found;
  }

  private ask({ method, headers, id, raw }: FastifyRequest, url: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => {
        const message = 'The controller of this content does not answer; try again in a moment.';
        reject(new NuboError('unavailable', 'no_controller', message, { cause }));
      };
      const sent = { ...askedHeaders(headers), 'x-request-id': id };
      const options = { method, headers: sent, agent: this.agent };
      const upstream = http.request(url, options).on('error', fail);
      const late = setTimeout(() => upstream.destroy(new TypeError('no answer')), ANSWER_MS);
      upstream.once('response', resolve).once('response', () => clearTimeout(late));
      upstream.once('close', () => clearTimeout(late));
      raw.once('close', () => raw.complete || upstream.destroy());
      upstream.end();
    });
  }
}
