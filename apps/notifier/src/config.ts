import { logVariables } from '@pacspace/log-access';
import { integer, url } from '@pacspace/service';
import { webhookVariables } from '@pacspace/webhooks';
import { z } from 'zod';

/** What the notifier is told by its environment, beside what every app is (libs/service). */
export const notifierConfig = z.object({
  ...logVariables,
  DATABASE_URL: url('the data base of the ledger and of the deliveries', 'postgres'),
  ...webhookVariables,
  WEBHOOK_TIMEOUT_MS: integer('how long a receiver has for its answer, connecting included', {
    min: 100,
    max: 60_000,
    unit: 'milliseconds',
    example: 15_000,
  }).default(15_000),
  WEBHOOK_CONCURRENCY: integer('requests to one endpoint at the same time, at most', {
    min: 1,
    max: 256,
    example: 64,
  }).default(64),
  WEBHOOK_LOG_DAYS: integer('for how long events and the log of their deliveries are kept', {
    min: 4,
    max: 3_650,
    unit: 'days',
    example: 30,
  }).default(30),
  WEBHOOK_DISABLE_AFTER_HOURS: integer('an endpoint where nothing has succeeded for so long is disabled', {
    min: 1,
    max: 8_760,
    unit: 'hours',
    example: 120,
  }).default(120),
});

export type NotifierConfig = z.output<typeof notifierConfig>;
