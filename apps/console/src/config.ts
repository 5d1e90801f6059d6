import { choice, integer, port, readBy, secret, text, url, urlList } from '@pacspace/service';
import { webhookVariables } from '@pacspace/webhooks';
import { parsePlans } from '@pacspace/wire';
import { z } from 'zod';

/** Everything the console is told from outside beside the chassis's own variables; read and checked once at start. */
export const consoleVariables = z.object({
  PORT: port('the port that the dashboard and operator APIs and health are served on', 8081).default(8081),
  HOST: text('the address to listen on', '0.0.0.0').default('0.0.0.0'),
  DATABASE_URL: url('accounts, keys and the ledger', 'postgres'),
  NATS_URL: urlList(
    'where gateways are told of changed keys: one NATS server or several of a cluster',
    'nats',
  ),
  KEY_PEPPER: secret('what the secrets of API keys are hashed under, the same in every app', {
    minLength: 32,
  }),
  OPERATOR_TOKEN: secret(
    'what the operator API is opened with, as a bearer token; not set: the operator API is closed',
    { minLength: 24 },
  ).optional(),
  PUBLIC_URL: url(
    'where people reach the dashboard API: in mails, and the only foreign Origin that is taken',
    'http',
    'https://app.example.com',
  ).default('http://127.0.0.1:3000'),
  SANDBOX_URL: url('the base URL of the sandbox; not set: PUBLIC_URL', 'http').optional(),
  PRODUCTION_URL: url('the base URL of production; not set: PUBLIC_URL', 'http').optional(),
  ACCESS: choice('whether an operator approves who registers, or everybody may', [
    'approval',
    'open',
  ]).default('approval'),
  SMTP_URL: url(
    'the mail server; not set: mails are written to the log and shown to the operator',
    'smtp',
  ).optional(),
  MAIL_FROM: text('the sender of mails', 'PacSpace <no-reply@example.com>').default(
    'PacSpace <no-reply@localhost>',
  ),
  SESSION_HOURS: integer('how long a session lasts', {
    min: 1,
    max: 24 * 90,
    unit: 'hours',
    example: 168,
  }).default(168),
  PROXY_HOPS: integer(
    'proxies in front that each add the address they see to X-Forwarded-For; the gateway is one',
    { min: 0, max: 10, example: 1 },
  ).default(1),
  ...webhookVariables,
  // Not set: webhooks cannot be managed here.
  WEBHOOK_KEY: webhookVariables.WEBHOOK_KEY.optional(),
  PLANS: text(
    'the plans that tenants may have, as JSON, the same as the gateways’; not set: free and unlimited',
    '{"free":{"deltas":{"test":100,"live":0},"rate":{"perSecond":100,"burst":1000}}}',
  )
    .optional()
    .transform(readBy('plans as JSON', parsePlans)),
});

export type ConsoleConfig = z.output<typeof consoleVariables>;
