import { createWriteStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Argument, type Command } from 'commander';
import { isProblem } from '../client/answers';
import { outage } from '../client/api';
import { NounArgument } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import type { Context } from '../context';
import { failed, problemError } from '../errors';
import { idOf } from '../resolve/resolve';
import { VERSION } from '../version';
import { distributions } from './distributions.noun';

interface Fetching {
  location?: string;
  user?: string;
  output?: string;
}

const CUSTOMER_ID = 'its Customer ID; who is logged in may also write the distribution’s name or id';
const CUSTOMER = /^[0-9a-f]{32}$/;

/** `get`: content as anybody fetches it. Needs no session, unless the distribution is named otherwise than by its Customer ID. */
export function addFetch(cli: Cli, parent: Command): void {
  parent
    .command('get')
    .description('Fetch content, through the gateway, as anybody may.')
    .addArgument(new NounArgument('<customer>', CUSTOMER_ID, distributions))
    .addArgument(new Argument('<path>', 'what of it: /index.html'))
    .option('--location <location>', 'from the edge there; default: the nearest')
    .option('--user <user>', 'who fetches it: name or e-mail address')
    .option('-o, --output <file>', 'write it there instead of to stdout')
    .action(cli.action<[string, string], Fetching>(get));
}

async function get(ctx: Context<Fetching>, customer: string, path: string): Promise<void> {
  const response = await answered(ctx, await addressOf(ctx, customer, path));
  const { output } = ctx.options;
  const body = Readable.from(response.body ?? []);
  if (output === undefined) return shown(ctx, body);
  const file = createWriteStream(output);
  await pipeline(body, file, { signal: ctx.signal }).catch((cause: Error) => {
    throw ctx.signal.aborted ? cause : failed(`${output} is not whole (${cause.message}).`, { cause });
  });
  const type = response.headers.get('content-type');
  const written = { file: output, bytes: file.bytesWritten, type, etag: response.headers.get('etag') };
  ctx.out.done(`${output}: ${file.bytesWritten} bytes, ${type ?? 'of no known type'}.`, written);
}

async function addressOf(ctx: Context<Fetching>, customer: string, path: string): Promise<string> {
  const { location, user } = ctx.options;
  const customerId = CUSTOMER.test(customer) ? customer : await customerIdOf(ctx, customer);
  const url = new URL(`${ctx.url}/cdn/${customerId}/`);
  const [place = '', search = ''] = path.replace(/^\/*/, '').split(/\?(.*)/s);
  url.pathname += place;
  url.search = search;
  if (location !== undefined) url.searchParams.set('location', location);
  if (user !== undefined) url.searchParams.set('user', user);
  return url.href;
}

async function customerIdOf(ctx: Context, text: string): Promise<string> {
  const id = await idOf(ctx, distributions, text);
  return (await ctx.body(distributions.get(ctx.api, id))).customerId;
}

/** A success. Throws a CliError for every other answer. */
async function answered({ url, signal }: Context, address: string): Promise<Response> {
  const headers = { 'User-Agent': `nubo/${VERSION}` };
  const response = await fetch(address, { headers, signal }).catch((error: unknown) => {
    throw outage(url, error, signal);
  });
  if (response.ok) return response;
  const problem = parsed(await response.text());
  const { status, statusText } = response;
  if (isProblem(problem)) throw problemError(problem, status, response.headers.get('retry-after'));
  const detail = `${address} is not there: ${status} ${statusText}.`;
  throw problemError({ type: 'about:blank', title: statusText, status, detail, code: 'no_content' }, status);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Byte for byte for programs; a terminal takes no orders from what others have published. */
async function shown(ctx: Context, body: Readable): Promise<void> {
  if (ctx.out.isTerminal) return ctx.out.lines((await buffer(body)).toString());
  await pipeline(body, ctx.runtime.stdout, { signal: ctx.signal, end: false });
}
