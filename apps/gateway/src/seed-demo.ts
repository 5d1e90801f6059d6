import {
  createLedgerPool,
  type EnvironmentKind,
  hashSecret,
  parseApiKey,
  seedTenant,
} from '@pacspace/ledger';
import { loadConfig, secret } from '@pacspace/service';
import { gatewayVariables } from './config.js';

/**
 * Makes the demo tenant, its two environments and one key: a step of its own, run before a first start, and harmless
 * when run again. The key comes from outside, so that whoever starts the demo knows it.
 */
const schema = gatewayVariables.pick({ DATABASE_URL: true, KEY_PEPPER: true }).extend({
  DEMO_API_KEY: secret('the API key to make: pk_{test|live}_{publicId}.{secret}', { minLength: 32 }),
});

const DEMO = {
  tenantId: 'ten_demo',
  name: 'Demo',
  plan: 'unlimited',
  environments: { test: 'env_demo_test', live: 'env_demo_live' } satisfies Record<EnvironmentKind, string>,
};

const config = loadConfig(schema);
const key = parseApiKey(config.DEMO_API_KEY);
if (key === undefined) {
  process.stderr.write('DEMO_API_KEY must look like pk_test_{8–64 letters and digits}.{22–128 characters}\n');
  process.exit(78);
}
const pool = createLedgerPool({ url: config.DATABASE_URL, name: 'seed-demo', max: 1 });
await seedTenant(pool, {
  ...DEMO,
  key: {
    id: 'key_demo',
    name: 'Demo key',
    kind: key.kind,
    publicId: key.publicId,
    secretHash: hashSecret(config.KEY_PEPPER, key.secret),
    scopes: ['ingest', 'read', 'admin'],
  },
});
await pool.end();
const { tenantId, environments } = DEMO;
process.stdout.write(`${JSON.stringify({ apiKey: config.DEMO_API_KEY, tenantId, environments })}\n`);
