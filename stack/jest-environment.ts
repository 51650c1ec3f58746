/**
 * Test files run in the realm of their worker, one after the other: modules are shared between them (jest-runtime), and
 * an Error made by one of those must be an Error to the test. What a file left on the process is taken away after it.
 */
import vm from 'node:vm';
import { ModernFakeTimers } from '@jest/fake-timers';
import { TestEnvironment } from 'jest-environment-node';
import { ModuleMocker } from 'jest-mock';

type Compile = typeof vm.compileFunction;

const PATCHED = Symbol.for('nubo.one-realm');

/** jest compiles for the context of its environment; without one, V8 takes the current realm. */
function here(compile: Compile): Compile {
  return (source, parameters, options = {}) =>
    compile(source, parameters, { ...options, parsingContext: undefined });
}

const shared = vm as { [PATCHED]?: boolean };
if (!shared[PATCHED]) Object.assign(vm, { compileFunction: here(vm.compileFunction), [PATCHED]: true });

class OneRealm extends TestEnvironment {
  private readonly before = {
    exit: process.exit.bind(process),
    env: { ...process.env },
    listeners: new Map(process.eventNames().map((event) => [event, process.rawListeners(event)])),
  };

  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    super(...args);
    const global = globalThis;
    this.global = global as unknown as typeof this.global;
    this.moduleMocker = new ModuleMocker(global);
    this.fakeTimersModern = new ModernFakeTimers({ config: args[0].projectConfig, global });
  }

  override async teardown(): Promise<void> {
    Object.assign(process, { exit: this.before.exit, env: this.before.env });
    for (const event of process.eventNames()) this.forgetListeners(event);
    await super.teardown();
  }

  private forgetListeners(event: string | symbol): void {
    const known = this.before.listeners.get(event) ?? [];
    const added = process.rawListeners(event).filter((listener) => !known.includes(listener));
    for (const listener of added) process.removeListener(event, listener as () => void);
  }
}

module.exports = OneRealm;
