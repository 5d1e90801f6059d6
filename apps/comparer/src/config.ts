import { logVariables } from '@pacspace/log-access';
import { url } from '@pacspace/service';
import { z } from 'zod';

/** What the comparer is told by its environment, beside what every app is (libs/service). */
export const comparerConfig = z.object({
  ...logVariables,
  DATABASE_URL: url('the data base of the ledger and of the reports', 'postgres'),
});

export type ComparerConfig = z.output<typeof comparerConfig>;
