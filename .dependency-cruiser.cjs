/** The import rules of docs/ARCHITECTURE.md, proved on every `npm run check`. */
const lib = (...names) => `^libs/(${names.join('|')})/`;
const pkg = (...names) => `^node_modules/(${names.join('|')})`;
const anyLib = '^libs/[^/]+/';

/** `from` may import, of our own code, only the libs named. */
const only = (name, ...allowed) => ({
  name: `${name}-imports-only`,
  comment: `libs/${name} may import only ${allowed.join(', ') || 'nothing'} of our own`,
  severity: 'error',
  from: { path: `^libs/${name}/`, pathNot: '\\.test\\.ts$' },
  to: { path: anyLib, pathNot: lib(name, ...allowed) },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-proof-and-reconcile-are-pure',
      comment: 'no package and no node: module: they also run in browsers and workers',
      severity: 'error',
      from: { path: lib('domain', 'proof', 'reconcile'), pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'core'] },
    },
    only('domain'),
    only('proof'),
    only('node-crypto'),
    only('wire', 'domain'),
    only('log', 'domain', 'wire'),
    only('ledger', 'domain', 'wire'),
    only('cache', 'domain', 'wire'),
    only('service'),
    only('lanes', 'ledger', 'service'),
    only('log-access', 'log', 'service'),
    only('webhooks', 'domain', 'wire', 'ledger', 'openapi', 'service'),
    only('http', 'service', 'wire'),
    only('bus'),
    only('reads', 'domain', 'proof', 'wire', 'ledger', 'service'),
    only('tabular', 'domain'),
    only('reconcile', 'domain'),
    only('audit', 'domain', 'proof', 'node-crypto', 'wire', 'log', 'ledger'),
    only('sdk', 'domain', 'proof', 'wire'),
    only('openapi', 'domain', 'wire'),
    {
      name: 'nest-stays-at-the-edge',
      severity: 'error',
      from: { path: lib('domain', 'proof', 'wire', 'log', 'ledger', 'cache', 'sdk', 'cli', 'audit') },
      to: { path: pkg('@nestjs') },
    },
    {
      name: 'each-driver-in-its-own-lib',
      severity: 'error',
      from: { path: lib('wire', 'service', 'cache', 'log'), pathNot: '\\.test\\.ts$' },
      to: { path: pkg('pg', 'pg-copy-streams', 'typeorm') },
    },
    {
      name: 'redis-only-in-cache',
      severity: 'error',
      from: { path: lib('wire', 'service', 'ledger', 'log'), pathNot: '\\.test\\.ts$' },
      to: { path: pkg('ioredis') },
    },
    {
      name: 'nats-only-in-log',
      severity: 'error',
      from: { path: lib('wire', 'ledger', 'cache'), pathNot: '\\.test\\.ts$' },
      to: { path: pkg('@nats-io') },
    },
    {
      name: 'no-app-imports-another',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'apps-and-libs-import-no-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(tests|bench|libs/testing)/', pathNot: '^libs/testing/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.test\\.ts$', '^libs/testing/'] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'no-deep-imports',
      comment: 'another package is imported by its name, through its index',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/', pathNot: ['^libs/$2/', '^libs/[^/]+/(src|dist)/index\\.(ts|js|d\\.ts)$'] },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^(apps|libs|tests|bench)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.depcruise.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
