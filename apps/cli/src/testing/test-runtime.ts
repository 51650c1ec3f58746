import { PassThrough, Writable } from 'node:stream';
import type { Runtime, Terminal } from '../runtime';

/** What a stream was given. */
export class Written extends Writable {
  text = '';
  isTTY?: boolean;
  columns?: number;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface TestRuntime extends Runtime {
  readonly stdout: Terminal & Written;
  readonly stderr: Terminal & Written;
}

/** A process without a terminal; `env` and `home` are the test's. */
export function testRuntime({
  env = {},
  home = '/nowhere',
}: Partial<Pick<Runtime, 'env' | 'home'>> = {}): TestRuntime {
  return {
    env,
    home,
    stdin: new PassThrough(),
    stdout: new Written(),
    stderr: new Written(),
    onInterrupt: () => () => undefined,
  };
}
