import http, { type IncomingMessage } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { NuboError, routeDistribution, type RouteView } from '@nubo/contracts';
import { Bus, Remembered, validated } from '@nubo/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answeredHeaders, askedHeaders, redirectedTo, type Wanted } from './fetch.rules';

/** What is older is asked for anew while it is given; content goes on being served while cdn is away. */
const LIMITS = { freshMs: 5_000, staleMs: 600_000, most: 10_000 };
/** Of a controller that answers at all. */
const ANSWER_MS = 15_000;
/** A controller that is silent for so long may be one that was deleted. */
const DOUBT_MS = 1_000;
/** What a controller says to who wants another customer: its address was given away since the route was asked for. */
const MISDIRECTED = 421;
/** Content is a customer's: in a browser it has no part in the gateway's origin. */
const POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

const isOver = (error: unknown): boolean => error instanceof NuboError && error.kind === 'not_found';

/** Carries content from customers' controllers to whoever asks for it. */
@Injectable()
export class ContentFetch implements OnApplicationShutdown {
  private readonly routes = new Remembered<RouteView>(LIMITS, isOver);
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
    const answer = await this.ask(request, wanted, `${url}${wanted.path}${search}`).catch(
      (error: unknown) => {
        this.routes.forget(keyOf(wanted));
        throw error;
      },
    );
    reply.raw.once('close', () => answer.destroy());
    void reply.removeHeader('Cache-Control');
    const { location } = answer.headers;
    void reply
      .status(answer.statusCode ?? 502)
      .headers(answeredHeaders(answer.headers))
      .headers(location === undefined ? {} : { location: redirectedTo(location, wanted) })
      .header('Content-Security-Policy', POLICY)
      .send(answer);
  }

  private async route(requestId: string, wanted: Wanted): Promise<RouteView> {
    return this.routes.get(keyOf(wanted), () => this.lookUp(requestId, wanted));
  }

  private async lookUp(requestId: string, { customerId, user }: Wanted): Promise<RouteView> {
    const input = await validated(routeDistribution.input, { customerId, ...(user && { user }) });
    return this.bus.call(routeDistribution, { requestId, principal: null }, input);
  }

  /** Throws `not_found` when the customer turns out to be gone while its controller is waited for. */
  private async ask(request: FastifyRequest, wanted: Wanted, url: string): Promise<IncomingMessage> {
    const ended = new AbortController();
    const doubt = (): Promise<unknown> =>
      this.lookUp(request.id, wanted).catch((error: unknown) => isOver(error) && ended.abort(error));
    const timer = setTimeout(() => void doubt(), DOUBT_MS);
    return this.fetch(request, [wanted.customerId, url], ended.signal).finally(() => clearTimeout(timer));
  }

  private fetch(
    { method, headers, id, raw }: FastifyRequest,
    [customer, url]: [customer: string, url: string],
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => {
        const message = 'The controller of this content does not answer; try again in a moment.';
        const away = new NuboError('unavailable', 'no_controller', message, { cause });
        reject(signal.aborted ? (signal.reason as Error) : away);
      };
      const sent = { ...askedHeaders(headers), 'x-request-id': id, 'x-nubo-customer': customer };
      const options = { method, headers: sent, agent: this.agent, signal };
      const upstream = http.request(url, options).on('error', fail);
      const late = setTimeout(() => upstream.destroy(new TypeError('no answer')), ANSWER_MS);
      upstream.once('response', (answer) => {
        clearTimeout(late);
        if (answer.statusCode !== MISDIRECTED) return resolve(answer);
        upstream.destroy();
        fail(new TypeError('another customer answers there'));
      });
      upstream.once('close', () => clearTimeout(late));
      raw.once('close', () => raw.complete || upstream.destroy());
      upstream.end();
    });
  }
}

const keyOf = ({ customerId, user = '' }: Wanted): string => `${customerId} ${user}`;
