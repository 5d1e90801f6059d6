/** One configuration for every kind of test; the kind is in the file's suffix (docs/ARCHITECTURE.md, "Tests"). */
const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2024',
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/tests'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: {
    '^@pacspace/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@pacspace-io/sdk$': '<rootDir>/libs/sdk/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'],
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  watchPathIgnorePatterns: ['<rootDir>/.data/'],
  injectGlobals: false,
};

const withServers = ['**/*.int.test.ts', '**/tests/{conformance,e2e,faults}/**/*.test.ts'];

export default {
  // Tests with servers wait now and then: three keep two cores busy for eleven twelfths of a run.
  maxWorkers: 3,
  forceExit: false,
  testSequencer: '<rootDir>/tools/jest/longest-first.mjs',
  testTimeout: 120_000, // of no effect in a project; for a machine that has much else to do
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['**/*.test.ts', ...withServers.map((pattern) => `!${pattern}`)],
    },
    {
      ...common,
      displayName: 'servers',
      testMatch: withServers,
      // jest runs these only when a test of this project is to run.
      globalSetup: '<rootDir>/tools/jest/global-setup.mjs',
      globalTeardown: '<rootDir>/tools/jest/global-teardown.mjs',
      testEnvironment: '<rootDir>/tools/jest/servers-environment.mjs',
    },
  ],
};
