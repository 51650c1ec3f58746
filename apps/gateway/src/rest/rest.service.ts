import { Injectable } from '@nestjs/common';
import { Nothing, type Page } from '@nubo/contracts';
import { Bus, validated } from '@nubo/messaging';
import type { Asked } from './asked';
import { wantsJson } from './asked.rules';
import { etagOf, namesTag } from './etag.rules';
import { nextLink } from './link.rules';
import { Settling, type Settled } from './settling';

/** Carries REST requests to operations, and their outputs back in the conventions of HTTP. */
@Injectable()
export class Rest {
  constructor(
    private readonly bus: Bus,
    private readonly settling: Settling,
  ) {}

  /** One page as an array; `Link` leads to the next. */
  async list(asked: Asked): Promise<object[]> {
    const { items, next } = (await this.ask(asked)) as Page<object>;
    if (next) asked.reply.header('Link', nextLink(asked.path, asked.query, next));
    return items;
  }

  /** One resource with its ETag; 304 without a body when If-None-Match names its version. */
  async read(asked: Asked): Promise<object | undefined> {
    const view = await this.ask(asked);
    const etag = this.tag(asked, view);
    const known = asked.request.headers['if-none-match'];
    if (!etag || !known || !namesTag(known, etag)) return view;
    asked.reply.status(304);
    return undefined;
  }

  /** 201 with the Location of what was created; 200 after a dry run. */
  async create(asked: Asked): Promise<object> {
    const view = await this.ask(asked);
    const { locatedBy, locatedBelow = asked.path } = asked.route;
    if (asked.ctx.dryRun) asked.reply.status(200);
    else if (locatedBy) asked.reply.header('Location', `${locatedBelow}/${field(view, locatedBy)}`);
    // What is shown once is in the first answer only.
    const newest = { ...view, ...(await this.settled(asked, view)) };
    this.tag(asked, newest);
    return newest;
  }

  async update(asked: Asked): Promise<object> {
    const view = await this.ask(asked);
    const newest = (await this.settled(asked, view)) ?? view;
    this.tag(asked, newest);
    return newest;
  }

  /** `pass` asks the operation and carries the stream; what it answers is shown. */
  async receive<I extends object>(asked: Asked, pass: (input: I) => Promise<object>): Promise<object> {
    const view = await pass((await validated(asked.route.op.input, asked.input)) as I);
    const newest = (await this.settled(asked, view)) ?? view;
    this.tag(asked, newest);
    return newest;
  }

  /** 204 when it is gone, 202 with the view while the platform is at work on it; 200 after a dry run. */
  async remove(asked: Asked): Promise<object | undefined> {
    const view = await this.ask(asked);
    const newest = asked.route.view === Nothing ? null : await this.settled(asked, view);
    if (newest === null) asked.reply.status(204);
    else if (asked.ctx.dryRun) asked.reply.status(200);
    return newest ?? undefined;
  }

  /** The operation's output with the route's status; nothing when it has none. */
  async act(asked: Asked): Promise<object | undefined> {
    const output = await this.ask(asked);
    return asked.route.view === Nothing ? undefined : output;
  }

  /** The named field of the output as plain text; all of it when JSON is asked for. */
  async actInText(asked: Asked, name: string): Promise<object | string> {
    const output = await this.ask(asked);
    asked.reply.header('Vary', 'Accept');
    if (wantsJson(asked.request.headers.accept)) return output;
    asked.reply.type('text/plain; charset=utf-8');
    return field(output, name);
  }

  private async ask({ route, ctx, input }: Asked): Promise<object> {
    return this.bus.call(route.op, ctx, await validated(route.op.input, input));
  }

  private async settled({ route, ctx, waitMs, reply }: Asked, view: object): Promise<Settled> {
    if (!route.settledBy || waitMs === undefined) return view;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return this.settling.settle(view, { op: route.settledBy, ctx, ms: waitMs, signal: gone.signal });
  }

  private tag({ reply }: Asked, view: object): string | undefined {
    const etag = etagOf(view);
    if (etag) reply.header('ETag', etag);
    return etag;
  }
}

const field = (view: object, name: string): string => String((view as Record<string, unknown>)[name]);
