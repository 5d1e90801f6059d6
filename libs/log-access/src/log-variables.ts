import { integer, url, urlList } from '@pacspace/service';
import type { z } from 'zod';

/** What every app is told that opens the log. */
export const logVariables = {
  NATS_URL: urlList('the log: one NATS server or several of a cluster', 'nats'),
  NATS_MONITOR_URL: url(
    "the NATS server's monitoring endpoint, the only place where it says whether it syncs",
    'http',
    'http://127.0.0.1:8222',
  ).optional(),
  LANES: integer('lanes of the log, fixed when the log is made', { min: 1, max: 1024, example: 4 }).default(
    4,
  ),
  STREAM_REPLICAS: integer('copies of each stream', { min: 1, max: 5, example: 3 }).default(1),
};

export type LogConfig = z.output<z.ZodObject<typeof logVariables>>;
