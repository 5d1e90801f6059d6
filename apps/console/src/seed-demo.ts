import 'reflect-metadata';
import { loadConfig, secret, text } from '@pacspace/service';
import { createLedgerPool } from '@pacspace/ledger';
import { hashPassword } from './auth/passwords.js';
import { consoleVariables } from './config.js';

/**
 * Makes the owner of the demo tenant: a step of its own, run after that tenant was made, and harmless when run again. A
 * password that was changed since stays as it is.
 */
const schema = consoleVariables.pick({ DATABASE_URL: true }).extend({
  DEMO_EMAIL: text('the address of the account to make', 'demo@example.com'),
  DEMO_PASSWORD: secret('its password'),
});

const config = loadConfig(schema);
const pool = createLedgerPool({ url: config.DATABASE_URL, name: 'seed-demo', max: 1 });
await pool.query(
  `INSERT INTO console.account (id, tenant_id, email, name, role, password_hash, verified_at)
   VALUES ('acc_demo', 'ten_demo', $1, 'Demo owner', 'owner', $2, now()) ON CONFLICT DO NOTHING`,
  [config.DEMO_EMAIL, await hashPassword(config.DEMO_PASSWORD)],
);
await pool.end();
