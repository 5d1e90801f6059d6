import { hash } from '@pacspace/openapi';
import { z } from 'zod';

export const ledger = z
  .object({
    state: z.enum(['sealed', 'open']).meta({ description: 'sealed: nothing is added to it any more.' }),
    checkpointId: z.string().optional(),
    proofRoot: hash('Root of the seal that covers all of it.').optional(),
  })
  .meta({ id: 'LedgerStanding', description: 'Whether what was compared with can still grow.' });
