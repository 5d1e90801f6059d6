import { CONNECTION_OPTIONS } from '../connection.js';
import { formatOptions, type OptionSpecs } from '../options.js';

export const WEBHOOKS_OPTIONS = {
  ...CONNECTION_OPTIONS,
  token: {
    type: 'string',
    value: 'TOKEN',
    help: 'session of the dashboard, for what manages webhooks (else PACSPACE_TOKEN)',
  },
  environment: { type: 'string', value: 'test|live', help: 'of create and list: which environment (test)' },
  port: { type: 'string', value: 'PORT', help: 'of listen: the local port (4000)' },
  secret: {
    type: 'string',
    multiple: true,
    value: 'SECRET',
    help: 'of listen: check signatures with it (else PACSPACE_WEBHOOK_SECRET; without one nothing is checked)',
  },
  answer: { type: 'string', value: 'CODE', help: 'of listen: HTTP status to answer with (204)' },
  'webhook-url': { type: 'string', value: 'URL', help: 'of update: where to send from now on' },
  description: { type: 'string', value: 'TEXT', help: 'of create and update' },
  event: {
    type: 'string',
    multiple: true,
    value: 'TYPE',
    help: 'of create and update: an event to hear of; may be given again (all)',
  },
  ordered: { type: 'boolean', help: 'of create: a customer’s events strictly one after the other' },
  enable: { type: 'boolean', help: 'of update' },
  disable: { type: 'boolean', help: 'of update' },
  since: { type: 'string', value: 'TIME', help: 'of replay: ISO 8601; what failed since then is sent again' },
  until: { type: 'string', value: 'TIME', help: 'of replay: only what is older' },
  all: { type: 'boolean', help: 'of replay: also what was delivered' },
  state: { type: 'string', value: 'STATE', help: 'of log and deliveries: pending, delivered or failed' },
  limit: { type: 'string', value: 'N', help: 'of list, log and deliveries' },
  offset: { type: 'string', value: 'N', help: 'of log and deliveries' },
  json: { type: 'boolean', help: 'print JSON, one answer or one delivery a line' },
} as const satisfies OptionSpecs;

export const WEBHOOKS_HELP = `npx pacspace webhooks ACTION [options]

Building a receiver:
  listen                    receive deliveries on a local port and print them; checks their signatures

With an API key:
  log                       what was sent and what became of it, the latest first
  retry EVENT_ID            send an event again, now

With a session of the dashboard (--token):
  list                      the webhooks
  create URL                a new one; its secret is shown this once
  update ID                 change where, what, or whether
  delete ID
  test ID                   send a test event
  rotate-secret ID          a new secret; the old one signs beside it for a day
  deliveries ID             its log
  replay ID --since TIME    send again what failed since then (with --all: everything)

Examples:
  npx pacspace webhooks listen --port 4000 --secret whsec_…
  npx pacspace webhooks create http://127.0.0.1:4000/ --event delta.verified --event checkpoint.verified
  npx pacspace webhooks replay whk_… --since 2026-11-24T00:00:00Z

${formatOptions(WEBHOOKS_OPTIONS)}
`;
