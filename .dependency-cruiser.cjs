/** The architecture as rules: see ARCHITECTURE.md. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-meet-on-the-bus',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|demo|stack|lab|edge|runtimes|bench)/' },
    },
    {
      name: 'images-know-no-platform',
      severity: 'error',
      from: { path: '^(edge|runtimes)/' },
      to: { path: '^(apps|libs|demo|stack|bench)/' },
    },
    {
      name: 'no-app-builds-images',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^(edge|runtimes)/' },
    },
    {
      name: 'gateway-has-no-database-and-no-ssh',
      severity: 'error',
      from: { path: '^apps/gateway/' },
      to: {
        path: '^libs/(entities|persistence|remote|libvirt|podman|reconcile|quota|audit|fleet)/|node_modules/(typeorm|pg|ssh2)/',
      },
    },
    {
      name: 'only-drivers-reach-hosts',
      severity: 'error',
      from: { path: '^apps/', pathNot: '\\.(driver|module)\\.ts$|spec\\.ts$|/testing/' },
      to: { path: '^libs/(remote|libvirt|podman)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'rules-do-no-io',
      severity: 'error',
      from: { path: '\\.rules\\.ts$' },
      to: {
        path: 'node_modules/(typeorm|pg|ssh2|nats)/|^libs/(remote|persistence|messaging|libvirt|podman)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'the-filter-language-knows-no-database',
      severity: 'error',
      from: { path: '^libs/filter/' },
      to: { path: '^libs/(?!filter/|contracts/)|^apps/|node_modules/(typeorm|pg|nats)/' },
    },
    {
      name: 'contracts-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^(libs/(?!contracts/)|apps/)|node_modules/(typeorm|pg|nats|ssh2)/' },
    },
    {
      name: 'an-entity-folder-has-one-owner',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^libs/entities/src/(?!index|$1/|shared/)' },
    },
    {
      name: 'handlers-hold-no-sql',
      severity: 'error',
      from: { path: '\\.(handler|controller)\\.ts$' },
      to: { path: 'node_modules/(typeorm|pg)/' },
    },
    {
      name: 'the-command-line-knows-the-rest-api-only',
      severity: 'error',
      from: { path: '^apps/cli/src/', pathNot: 'spec\\.ts$|/testing/' },
      to: { path: '^(libs|stack|lab|demo)/|node_modules/(?!openapi-fetch/|cli-table3/|commander/)' },
    },
    {
      name: 'only-the-command-line-uses-its-libraries',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/cli/' },
      to: { path: 'node_modules/(openapi-fetch|cli-table3)/' },
    },
    {
      name: 'black-box-tests',
      severity: 'error',
      from: { path: '^(test/e2e|demo)/' },
      to: { path: '^(apps|libs)/', pathNot: '^libs/(contracts|testing)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: 'dist' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
