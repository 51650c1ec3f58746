const fs = require('node:fs');

// Services under test say on purpose what goes wrong; NUBO_LOG_LEVEL=debug shows it.
process.env.NUBO_LOG_LEVEL ??= 'silent';

const swc = { ...JSON.parse(fs.readFileSync(`${__dirname}/.swcrc`, 'utf8')), sourceMaps: 'inline' };
delete swc.$schema;
delete swc.jsc.baseUrl;
delete swc.jsc.paths;

const base = {
  rootDir: __dirname,
  runtime: '<rootDir>/stack/jest-runtime.cjs',
  testEnvironment: '<rootDir>/stack/jest-environment.ts',
  transform: { '^.+\\.(t|j)s$': ['@swc/jest', swc] },
  // ESM-only packages that CommonJS ones require: swc turns them in a file that mocks.
  transformIgnorePatterns: [
    '/node_modules/(?!(content-disposition|request-filtering-agent|ipaddr.js|mime)/)',
  ],
  moduleNameMapper: { '^@nubo/([a-z-]+)$': '<rootDir>/libs/$1/src' },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};
// One Postgres and one NATS for all integration specs; each spec makes a database of its own.
const servers = {
  globalSetup: '<rootDir>/stack/jest-global-setup.ts',
  globalTeardown: '<rootDir>/stack/jest-global-teardown.ts',
};
const roots = ['apps', 'libs', 'lab', 'edge', 'runtimes', 'stack', 'demo', 'test'].filter((d) =>
  fs.existsSync(`${__dirname}/${d}`),
);

module.exports = {
  coverageProvider: 'v8',
  // Nothing is quick on a busy machine. jest (30.5) takes this for all projects only.
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/stack/jest-progress.cjs'],
  projects: [
    { ...base, displayName: 'unit', roots: roots.map((d) => `<rootDir>/${d}`), testMatch: ['**/*.spec.ts'] },
    {
      ...base,
      ...servers,
      displayName: 'integration',
      roots: roots.map((d) => `<rootDir>/${d}`),
      testMatch: ['**/*.int-spec.ts'],
    },
    {
      ...base,
      displayName: 'e2e',
      roots: roots.filter((d) => d === 'test').map((d) => `<rootDir>/${d}`),
      testMatch: ['**/*.e2e-spec.ts'],
    },
    {
      ...base,
      ...servers,
      displayName: 'slow',
      roots: roots.map((d) => `<rootDir>/${d}`),
      testMatch: ['**/*.slow-spec.ts'],
    },
  ],
};
