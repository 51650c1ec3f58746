/**
 * Node's environment, in which a worker of jest compiles a module once: jest runs it anew in every test file, and
 * parsing takes a third of that time.
 */
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

interface Compiled {
  source: string;
  code: Buffer;
}

type Compile = typeof vm.compileFunction;

const PATCHED = Symbol.for('nubo.compile-once');

/** V8 compares only the length of a source with that of its cached code: the text is compared here. */
function once(compile: Compile): Compile {
  const known = new Map<string, Compiled>();
  return (source, parameters, options = {}) => {
    const { filename } = options;
    if (!filename) return compile(source, parameters, options);
    const before = known.get(filename);
    const cachedData = before?.source === source ? before.code : undefined;
    const made = compile(source, parameters, { ...options, cachedData, produceCachedData: !cachedData });
    if (made.cachedData) known.set(filename, { source, code: made.cachedData });
    return made;
  };
}

const shared = vm as { [PATCHED]?: boolean };
if (!shared[PATCHED]) Object.assign(vm, { compileFunction: once(vm.compileFunction), [PATCHED]: true });

module.exports = TestEnvironment;
