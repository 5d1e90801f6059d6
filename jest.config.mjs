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

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
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
  forceExit: false,
  testTimeout: 30_000,
};
