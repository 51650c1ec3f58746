/**
 * A worker of jest loads a module once and gives it to all of its test files, as a process of ours does: loading the
 * services anew took half of the processor time of the integration tests. A file that mocks a module gets its own.
 */
const asyncHooks = require('node:async_hooks');
const { createRequire } = require('node:module');
const { default: Runtime } = require('jest-runtime');

const PACKAGES = '/node_modules/';
const loaded = new Map();

/**
 * jest-circus (30.5) makes one for each file and never disables it: every promise of the files after it would pass through
 * them all.
 */
class StorageOfFile extends asyncHooks.AsyncLocalStorage {
  static #made = [];

  static disableAll() {
    for (const storage of StorageOfFile.#made.splice(0)) storage.disable();
  }

  constructor() {
    super();
    StorageOfFile.#made.push(this);
  }
}
const HOOKS_OF_FILE = { ...asyncHooks, AsyncLocalStorage: StorageOfFile };

class SharedModules extends Runtime {
  mocks = false;

  setMock(...args) {
    this.mocks = true;
    super.setMock(...args);
  }

  requireModuleOrMock(from, name) {
    const path = this.mocks ? undefined : this.pathOf(from, name);
    if (path === undefined) return super.requireModuleOrMock(from, name);
    if (!loaded.has(path)) loaded.set(path, this.load(from, name, path));
    return loaded.get(path);
  }

  requireModule(from, name, ...rest) {
    const isOfFile = name === 'node:async_hooks' && from.includes('/jest-circus/');
    return isOfFile ? HOOKS_OF_FILE : super.requireModule(from, name, ...rest);
  }

  teardown() {
    StorageOfFile.disableAll();
    super.teardown();
  }

  /** Undefined for what belongs to jest or Node. */
  pathOf(from, name) {
    if (name === '@jest/globals' || name === 'expect') return undefined;
    const path = this._resolution.resolveCjsStub(from, name) || this._resolution.resolveCjs(from, name);
    return path.startsWith('/') ? path : undefined;
  }

  load(from, name, path) {
    return path.includes(PACKAGES) ? createRequire(from)(path) : super.requireModuleOrMock(from, name);
  }
}

module.exports = { __esModule: true, default: SharedModules };
