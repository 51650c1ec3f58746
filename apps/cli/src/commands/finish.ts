import type { Resource } from '../client/views';
import type { Context } from '../context';
import { CliError } from '../errors';
import { labelOf, titleOf, type Noun, type RemovableNoun } from '../nouns/noun';
import { idOf } from '../resolve/resolve';
import { assertWell, isUnderWay, settled, type Awaited } from '../settle';

/** Says that a dry run of `what` went well. */
export const tried = (ctx: Context, what: string, view: object): void =>
  ctx.out.done(`${what}: nothing is in the way (nothing was changed).`, view);

/** Says what was done; after a dry run, that nothing was. */
export function conclude(ctx: Context, what: string, sentence: string, view: object): void {
  if (ctx.options.dryRun) tried(ctx, what, view);
  else ctx.out.done(sentence, view);
}

/** Waits for what was changed, unless told not to, and says how it is now; `once` is what only the first answer holds. */
export async function finish<V extends Resource>(
  ctx: Context,
  noun: Noun<V>,
  view: V,
  once: object = {},
): Promise<void> {
  const what = titleOf(noun, view);
  if (ctx.options.dryRun) return tried(ctx, what, view);
  const newest = await awaited(ctx, noun, view);
  if (!newest) return gone(ctx, noun, view);
  if (ctx.options.wait && isUnderWay(view) && newest.state === 'error') {
    if (ctx.out.json) ctx.out.document({ ...newest, ...once });
    assertWell(newest, what);
  }
  const more = isUnderWay(newest) ? '; the work goes on' : '';
  ctx.out.done(`${what} is ${newest.state}${more}. ${newest.id}`, { ...newest, ...once });
}

/** Removes, waits until it is gone, and says so. */
export async function remove<V extends Resource>(
  ctx: Context,
  noun: RemovableNoun<V>,
  text: string,
): Promise<void> {
  const id = await idOf(ctx, noun, text);
  const view = await ctx.body(noun.remove(ctx.api, id, ctx.change));
  if (view && Object.keys(view).length > 0)
    return finish(ctx, noun, view).catch((error: unknown) => leave(ctx, noun, view, error));
  const what = `${noun.word} ${text}`;
  if (ctx.options.dryRun) return tried(ctx, what, { id });
  ctx.out.done(`${what} is gone.`, { id, state: 'gone' });
}

/** Whoever removes oneself, or one's own tenant, gets no more answers: that is how it goes well. */
function leave<V extends Resource>(ctx: Context, noun: Noun<V>, view: V, error: unknown): void {
  if (!(error instanceof CliError) || error.problem.status !== 401 || !isOwn(ctx, view)) throw error;
  ctx.sessions.remove();
  ctx.out.done(`${titleOf(noun, view)} is being deleted; your session has ended with it.`, view);
}

const isOwn = ({ session }: Context, { id }: Resource): boolean =>
  id === session.userId || id === session.tenantId;

function gone<V extends Resource>(ctx: Context, noun: Noun<V>, view: V): void {
  ctx.out.done(`${titleOf(noun, view)} is gone.`, { id: view.id, state: 'gone' });
}

async function awaited<V extends Resource>(ctx: Context, noun: Noun<V>, view: V): Promise<V | undefined> {
  if (!ctx.options.wait) return view;
  const wait: Awaited<V> = {
    what: titleOf(noun, view),
    look: `nubo ${noun.command} show ${labelOf(noun, view)}`,
    again: () => noun.get(ctx.api, view.id),
  };
  return settled(view, wait, ctx);
}
