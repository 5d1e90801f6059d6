/**
 * @typedef {'nats' | 'postgres' | 'redis' | 'receivers' | 'console'} Peer what an app opens connections to
 *
 * @typedef {object} DeployedApp
 * @property {string} name
 * @property {string} about
 * @property {number} [port] of its own HTTP, beside health and metrics
 * @property {'ingress' | 'gateway'} [callers] who may open connections to that port
 * @property {readonly Peer[]} uses
 * @property {readonly string[]} secrets keys of the secret `pacspace` that it is given, by the variables' names
 * @property {readonly string[]} [optionalSecrets] given where the secret has them
 * @property {{ readonly cpu: string, readonly memory: string }} requests CPU is not limited: throttling shows as latency
 * @property {string} memoryLimit
 * @property {{ readonly metric: 'cpu' | 'lag', readonly min: number, readonly max: number }} [scaling] else `replicas`
 * @property {number} [replicas] 2 unless told
 */

/**
 * How each app is deployed. What they have in common is in `write-manifests.mjs`; `LANES` of the production overlay is the
 * ceiling of the projector.
 * @type {readonly DeployedApp[]}
 */
export const deployedApps = [
  {
    name: 'gateway',
    about: 'HTTP in and out',
    port: 8080,
    callers: 'ingress',
    uses: ['nats', 'postgres', 'redis', 'console'],
    secrets: ['NATS_URL', 'DATABASE_URL', 'REDIS_URL', 'KEY_PEPPER'],
    requests: { cpu: '1', memory: '512Mi' },
    memoryLimit: '1Gi',
    scaling: { metric: 'cpu', min: 3, max: 32 },
  },
  {
    name: 'projector',
    about: 'the log into ledger, cache and events',
    uses: ['nats', 'postgres', 'redis'],
    secrets: ['NATS_URL', 'DATABASE_URL', 'REDIS_URL'],
    requests: { cpu: '1', memory: '512Mi' },
    memoryLimit: '1Gi',
    scaling: { metric: 'lag', min: 2, max: 64 },
  },
  {
    name: 'checkpointer',
    about: 'seals, and the signed log',
    uses: ['nats', 'postgres'],
    secrets: ['NATS_URL', 'DATABASE_URL', 'LOG_SIGNING_KEY'],
    requests: { cpu: '250m', memory: '256Mi' },
    memoryLimit: '768Mi',
  },
  {
    name: 'comparer',
    about: 'views held against each other',
    uses: ['nats', 'postgres'],
    secrets: ['NATS_URL', 'DATABASE_URL'],
    requests: { cpu: '250m', memory: '256Mi' },
    memoryLimit: '768Mi',
    scaling: { metric: 'cpu', min: 2, max: 16 },
  },
  {
    name: 'notifier',
    about: 'webhooks told what became true',
    uses: ['nats', 'postgres', 'receivers'],
    secrets: ['NATS_URL', 'DATABASE_URL', 'WEBHOOK_KEY'],
    requests: { cpu: '250m', memory: '256Mi' },
    memoryLimit: '768Mi',
  },
  {
    name: 'console',
    about: 'accounts, keys, the dashboard API',
    port: 8081,
    callers: 'gateway',
    uses: ['nats', 'postgres', 'receivers'],
    secrets: ['NATS_URL', 'DATABASE_URL', 'KEY_PEPPER'],
    optionalSecrets: ['OPERATOR_TOKEN', 'SMTP_URL', 'WEBHOOK_KEY'],
    requests: { cpu: '100m', memory: '256Mi' },
    memoryLimit: '512Mi',
  },
];
