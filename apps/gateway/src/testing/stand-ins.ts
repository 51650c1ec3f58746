import {
  callableBy,
  noteRefusal,
  NuboError,
  type NoteRefusal,
  type Operation,
  type RequestContext,
} from '@nubo/contracts';
import { TestBus } from '@nubo/testing';

export type Answer = (input: Record<string, unknown>, ctx: RequestContext) => object | Promise<object>;
export interface Call {
  readonly subject: string;
  readonly input: Record<string, unknown>;
  readonly ctx: RequestContext;
}

/** The services behind the gateway: each operation answers what a test gave for it, else an example. */
export class StandIns {
  /** What arrived, oldest first. */
  readonly calls: Call[] = [];
  /** What the gateway told the audit of, oldest first. */
  readonly noted: { refused: NoteRefusal; ctx: RequestContext }[] = [];
  private readonly answers = new Map<string, Answer>();

  private constructor(
    readonly bus: TestBus,
    private readonly examples: ReadonlyMap<string, object>,
  ) {}

  static async open(busUrl: string, examples: ReadonlyMap<string, object>): Promise<StandIns> {
    const standIns = new StandIns(await TestBus.open(busUrl), examples);
    for (const op of callableBy('gateway').filter(({ subject }) => subject !== noteRefusal.subject))
      await standIns.stand(op);
    await standIns.bus.answer(noteRefusal, (refused, ctx) => {
      standIns.noted.push({ refused, ctx });
      return standIns.answers.get(noteRefusal.subject)?.({}, ctx) ?? {};
    });
    return standIns;
  }

  answer(op: Operation<object, object>, answer: Answer): void {
    this.answers.set(op.subject, answer);
  }

  /** Answers these one after the other, and the last for ever. */
  answerInTurn(op: Operation<object, object>, ...turns: readonly (object | NuboError)[]): void {
    let turn = 0;
    this.answer(op, () => {
      const now = turns[Math.min(turn++, turns.length - 1)];
      if (now instanceof NuboError) throw now;
      return now ?? {};
    });
  }

  /** Forgets what tests gave and what arrived. */
  reset(): void {
    this.answers.clear();
    this.calls.length = 0;
    this.noted.length = 0;
  }

  callsOf(op: Operation<object, object>): Call[] {
    return this.calls.filter(({ subject }) => subject === op.subject);
  }

  private async stand(op: Operation<object, object>): Promise<void> {
    await this.bus.answer(op, (given, ctx) => {
      const input = given as Record<string, unknown>;
      this.calls.push({ subject: op.subject, input, ctx });
      const answer = this.answers.get(op.subject);
      return answer ? answer(input, ctx) : (this.examples.get(op.subject) ?? {});
    });
  }
}
