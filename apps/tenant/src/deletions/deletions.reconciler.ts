import { randomUUID } from 'node:crypto';
import { serviceContext, type RequestContext } from '@nubo/contracts';
import { gone, waiting, type Outcome, type Run } from '@nubo/reconcile';
import { describeLeft, isTimeToCall, nextLookMs, type Left } from './deletions.rules';

/** What a tenant's and a user's deletion differ in. Each may be done again. */
export interface Deletion {
  /** Tells the other services to let go of everything. */
  call(): Promise<void>;
  /** What they still hold. */
  left(): Promise<Left[]>;
  revokeTokens(): Promise<void>;
  /** Removes the rows, unless something came since {@link left}: then that is the answer. */
  forget(): Promise<Left[]>;
}

/** Goes on until nothing is left anywhere, then forgets. */
export async function finishDeletion(run: Run, deletion: Deletion): Promise<Outcome> {
  if (isTimeToCall(run.attempt)) await run.step('ensure that all services know', () => deletion.call());
  const left = await run.step('look what is left', () => deletion.left());
  if (left.length > 0) return waiting(describeLeft(left), nextLookMs(run.attempt));
  await run.step('ensure that its tokens are revoked', () => deletion.revokeTokens());
  const late = await run.step('ensure that it is forgotten', () => deletion.forget());
  return late.length > 0 ? waiting(describeLeft(late), nextLookMs(run.attempt)) : gone();
}

/** Who deletes: the service itself. */
export const ownContext = (): RequestContext => serviceContext('tenant', randomUUID());
