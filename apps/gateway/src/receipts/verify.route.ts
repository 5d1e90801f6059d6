import { amountMembers, checkpointId, count, declareRoute, hash, time } from '@pacspace/openapi';
import { z } from 'zod';
import { recordedDelta } from '../reads/answers.js';
import { proofText, seal } from './proof-schemas.js';
import { invoiceProof, receiptAnswer, receiptParams } from './receipts.route.js';
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

const shownRecords = z
  .object({
    proven: z.boolean().nullable().meta({
      description: 'All records together have this root; null: too many to be hashed for a page.',
    }),
    items: z.array(recordedDelta),
    nextCursor: count('There are more, after this index.').optional(),
  })
  .meta({ id: 'ShownRecords', description: 'A page of what is under the root, by index.' });

export const rootVerification = z
  .object({
    verified: z.boolean().meta({ description: 'It was computed again and stands in the signed log.' }),
    proofRoot: hash('The root.'),
    recordedAt: time('When it was sealed.').optional(),
    summary,
    verification: z
      .object({
        checkpointId: checkpointId(),
        state: z.enum(['sealed', 'published']).optional(),
        logIndex: count('Place of the seal in the log.').optional(),
        logIndexes: z
          .array(z.int())
          .meta({ description: 'Where several customers’ seals are: one page.' })
          .optional(),
        nextCursor: count('There are more, after this one.').optional(),
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
    records: shownRecords.optional(),
  })
  .meta({ id: 'RootVerification' });

const rootParams = z.object({
  proofRoot: z.string().meta({ description: '64 hexadecimal digits; 0x may precede.' }),
});

export const verifyRoute = declareRoute({
  method: 'get',
  path: '/api/v1/verify/{proofRoot}',
  operationId: 'verifyRoot',
  tag: 'Proving',
  summary: 'What a root commits to',
  description: 'Public: totals. The records are shown to whoever has an access token for the root.',
  access: 'token',
  params: rootParams,
  query: verifyParams,
  answers: { 200: { description: 'What is sealed under it', data: rootVerification } },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});

export const verifyStatementRoute = declareRoute({
  method: 'get',
  path: '/api/v1/verify/{proofRoot}/statement',
  operationId: 'getStatementByRoot',
  tag: 'Proving',
  summary: 'All records under a root, and the file that proves them',
  description: 'With an access token for the root; without one there is nothing here.',
  access: 'token',
  params: rootParams,
  answers: { 200: { description: 'The root’s statement', data: invoiceProof } },
  refusals: ['VALIDATION_FAILED', 'SCOPE_TOO_WIDE', 'NOT_FOUND'],
});

export const verifyReceiptRoute = declareRoute({
  method: 'get',
  path: '/api/v1/verify/{proofRoot}/receipts/{receiptId}',
  operationId: 'getReceiptByRoot',
  tag: 'Proving',
  summary: 'The receipt of one delta under a root',
  description: 'With an access token for the root; without one there is nothing here.',
  access: 'token',
  params: rootParams.extend(receiptParams.shape),
  answers: { 200: receiptAnswer },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});
