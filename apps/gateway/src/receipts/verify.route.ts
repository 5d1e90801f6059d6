import { amountMembers, checkpointId, count, declareRoute, hash, time } from '@pacspace/openapi';
import { z } from 'zod';
import { proofText, seal } from './proof-schemas.js';
import { verifyParams } from './verify.controller.js';

const sums = {
  ...amountMembers('netChange', 'Sum of the records.'),
  ...amountMembers('startingBalance', 'Balance before them.'),
  ...amountMembers('endingBalance', 'Balance after them.'),
};

const summary = z
  .object({
    recordCount: count('Records under the root.'),
    customersCount: count('Customers, where the root is of several.').optional(),
    firstRecordAt: time('When the first one was recorded.').nullable().optional(),
    lastRecordAt: time('When the last one was recorded.').nullable().optional(),
    netChange: sums.netChange.optional(),
    netChangeExact: sums.netChangeExact.optional(),
    startingBalance: sums.startingBalance.optional(),
    startingBalanceExact: sums.startingBalanceExact.optional(),
    endingBalance: sums.endingBalance.optional(),
    endingBalanceExact: sums.endingBalanceExact.optional(),
  })
  .meta({ id: 'RootSummary' });

export const rootVerification = z
  .object({
    verified: z.boolean().meta({ description: 'It was computed again and stands in the signed log.' }),
    proofRoot: hash('The root.'),
    recordedAt: time('When it was sealed.'),
    summary,
    verification: z
      .object({
        checkpointId: checkpointId(),
        state: z.enum(['sealed', 'published']).optional(),
        logIndex: count('Place of the seal in the log.').optional(),
        logIndexes: z.array(z.int()).meta({ description: 'Those of a run of seals.' }).optional(),
        note: z.string().optional(),
        seal: seal.optional(),
        sealProof: proofText.optional(),
        checkpoint: z
          .string()
          .meta({ description: 'Signed head of the log (C2SP tlog-checkpoint).' })
          .optional(),
      })
      .meta({
        id: 'RootEvidence',
        description: 'What the claim rests on, to be checked by whoever doubts it.',
      }),
  })
  .meta({ id: 'RootVerification' });

export const verifyRoute = declareRoute({
  method: 'get',
  path: '/api/v1/verify/{proofRoot}',
  operationId: 'verifyRoot',
  tag: 'Proving',
  summary: 'What a root commits to',
  description: 'Public: totals only, never records.',
  access: 'anybody',
  params: z.object({ proofRoot: z.string().meta({ description: '64 hexadecimal digits; 0x may precede.' }) }),
  query: verifyParams,
  answers: { 200: { description: 'What is sealed under it', data: rootVerification } },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});
