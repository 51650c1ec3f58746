import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const EVERYWHERE = [
  { selector: "Identifier[name='forwardRef']", message: 'A cycle: turn one direction into an event.' },
  { selector: "Identifier[name='MessagePattern']", message: 'Use @Handles(operation) of libs/messaging.' },
  {
    selector: "MemberExpression[object.name='utils'][property.name='generateKeyPairSync']",
    message: 'One in 256 of its ed25519 keys cannot be read: newPrivateKey of libs/remote.',
  },
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.nubo', 'coverage', 'apps/cli/dist', 'apps/cli/src/generated'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      'no-warning-comments': ['error', { terms: ['eslint-disable', 'oxlint-disable'], location: 'anywhere' }],
    },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
        setTimeout: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  // Rules that need types are oxlint's (.oxlintrc.json): it asks the native compiler.
  ...[...tseslint.configs.recommended].map((c) => ({ ...c, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { emitDecoratorMetadata: true, experimentalDecorators: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } },
      ],
      'no-restricted-globals': ['error', { name: 'process', message: 'Use libs/config.' }],
      'no-restricted-syntax': ['error', ...EVERYWHERE],
    },
  },
  {
    // Constructor dependencies are a wall of their own: 7.
    files: ['apps/**/*.ts'],
    rules: {
      'max-params': ['error', 7],
      'no-restricted-syntax': [
        'error',
        {
          selector: "ThrowStatement > NewExpression[callee.name='Error']",
          message: 'Throw a NuboError (libs/contracts).',
        },
        ...EVERYWHERE,
      ],
    },
  },
  {
    files: ['apps/*/src/**/*.rules.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            'node:fs*',
            'node:net',
            'node:child_process',
            'typeorm',
            'pg',
            'ssh2',
            'nats',
            '@nubo/remote',
            '@nubo/persistence',
            '@nubo/messaging',
          ],
        },
      ],
    },
  },
  {
    files: ['apps/gateway/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            'typeorm',
            'pg',
            'ssh2',
            '@nubo/remote',
            '@nubo/entities',
            '@nubo/persistence',
            '@nubo/libvirt',
            '@nubo/podman',
          ],
        },
      ],
    },
  },
  {
    files: ['libs/config/**/*.ts', '{lab,edge,runtimes,stack,demo,bench,test}/**/*.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    // The command line is a process of its own, on its user's machine: it has no libs.
    files: ['apps/cli/src/main.ts', 'apps/cli/src/docs.main.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  { files: ['libs/messaging/**/*.ts', 'libs/remote/src/keys.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts', '**/*.spec.ts', '**/*.int-spec.ts', '**/*.e2e-spec.ts', '**/*.slow-spec.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
    },
  },
);
