import { logVariables } from '@pacspace/log-access';
import { url } from '@pacspace/service';
import { z } from 'zod';

/** What the projector is told by its environment, beside what every app is (libs/service). */
export const projectorConfig = z.object({
  ...logVariables,
  DATABASE_URL: url('the data base of the ledger', 'postgres'),
  REDIS_URL: url('the cache of balances', 'redis'),
});
