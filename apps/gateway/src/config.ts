import { logVariables } from '@pacspace/log-access';
import { choice, integer, port, readBy, secret, text, url } from '@pacspace/service';
import { parsePlans } from '@pacspace/wire';
import { z } from 'zod';

/** Everything the gateway is told from outside beside the chassis's own variables; read and checked once at start. */
export const gatewayVariables = z.object({
  PORT: port('the port that the API and health are served on').default(8080),
  HOST: text('the address to listen on', '0.0.0.0').default('0.0.0.0'),
  ...logVariables,
  DATABASE_URL: url('the ledger and the keys', 'postgres'),
  REDIS_URL: url('the cache of balances', 'redis'),
  KEY_PEPPER: secret('what the secrets of API keys are hashed under, the same in every app', {
    minLength: 32,
  }),
  KEYS_TAKEN: choice('whose keys this host takes: both, or those of one environment only', [
    'both',
    'test',
    'live',
  ]).default('both'),
  PLAN_LEASE_SECONDS: integer('how long a gateway that is gone keeps what it held of plans', {
    min: 2,
    max: 3_600,
    unit: 'seconds',
    example: 60,
  }).default(60),
  PLANS: text(
    'the plans that tenants may have, as JSON (docs/limits.md); not set: free and unlimited',
    '{"free":{"deltas":{"test":100,"live":0},"rate":{"perSecond":100,"burst":1000}}}',
  )
    .optional()
    .transform(readBy('plans as JSON', parsePlans)),
  CONSOLE_URL: url(
    'the console that /dashboard/* is handed on to; not set: this host has no dashboard',
    'http',
    'http://console:8081',
  ).optional(),
});

export type GatewayConfig = z.output<typeof gatewayVariables>;
