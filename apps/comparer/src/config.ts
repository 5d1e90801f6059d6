import { integer, url } from '@pacspace/service';
import { z } from 'zod';

/** What the comparer is told by its environment, beside what every app is (libs/service). */
export const comparerConfig = z.object({
  NATS_URL: url('the message system that holds the log', 'nats'),
  NATS_MONITOR_URL: url(
    'the message system’s monitoring port, asked once whether it syncs',
    'http',
  ).optional(),
  DATABASE_URL: url('the data base of the ledger and of the reports', 'postgres'),
  LANES: integer('lanes of the log, fixed when it is made', { min: 1, max: 1024, example: 4 }).default(4),
  STREAM_REPLICAS: integer('copies of each stream', { min: 1, max: 5, example: 3 }).default(1),
});

export type ComparerConfig = z.output<typeof comparerConfig>;
