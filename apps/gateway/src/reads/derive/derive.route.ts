import {
  amountMembers,
  count,
  customerId,
  declareRoute,
  hash,
  period,
  receiptId,
  time,
} from '@pacspace/openapi';
import { z } from 'zod';
import { customerParams, EXAMPLE_CUSTOMER, position, recordedDelta } from '../answers.js';
import { deriveParams } from './parse-derive-query.js';

const asOf = { asOf: time('Only what was recorded by then.').optional() };

export const readScope = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('all'), ...asOf }),
    z.object({
      kind: z.literal('period'),
      period: period(),
      timePreset: z.literal('current_month').optional(),
      ...asOf,
    }),
    z.object({
      kind: z.literal('window'),
      startDate: time('The first moment.'),
      endDate: time('The first moment after it.'),
      ...asOf,
    }),
    z.object({
      kind: z.literal('checkpoint'),
      startingCheckpoint: z.string(),
      startingCheckpointType: z.enum(['recordId', 'proofRoot']),
      ...asOf,
    }),
    z.object({ kind: z.literal('at'), at: time('What happened up to then.'), ...asOf }),
  ])
  .meta({ id: 'ReadScope', description: 'What was summed.' });

const breakdownRow = z
  .object({
    startDate: time('Start of the day, week or month.').optional(),
    group: z.string().nullable().optional(),
    deltasCount: count('Deltas in it.'),
    ...amountMembers('netChange', 'Their sum.'),
  })
  .meta({ id: 'BreakdownRow' });

const pagination = z
  .object({
    limit: count('Rows on a page.'),
    offset: count('Rows before it.').optional(),
    total: count('Rows in the scope.'),
    nextCursor: z.string().nullable().meta({ description: 'Of the next page; null: this is the last one.' }),
  })
  .meta({ id: 'RowPagination' });

export const derivedBalance = z
  .object({
    customerId: customerId(),
    ...amountMembers('computedBalance', 'Starting balance and net change.'),
    ...amountMembers('startingBalance', 'As it was given; 0 otherwise.'),
    ...amountMembers('netChange', 'The sum of the deltas in the scope.'),
    deltasCount: count('Deltas summed.'),
    deltaCount: count('The same.'),
    deltas: z.array(recordedDelta).meta({ description: 'One page of them.' }),
    latestReceiptId: receiptId().nullable(),
    scope: readScope,
    position,
    view: z.enum(['full', 'totals']),
    pagination: pagination.optional(),
    proofRoot: hash('RFC 6962 root of what was summed.').nullable().optional(),
    proofRootOf: z.enum(['periods', 'entries']).optional(),
    proofRootNote: z.string().meta({ description: 'Why there is no root.' }).optional(),
    breakdown: z.array(breakdownRow).optional(),
  })
  .meta({ id: 'DerivedBalance', description: 'A balance, computed from the recorded deltas.' });

const EXAMPLE_KEY = '65f4bb0a2c3d7bd8f6d3a5d98a0be9c1';

export const deriveRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/derive/{customerId}',
  operationId: 'deriveBalance',
  tag: 'Reading',
  summary: 'Derive a balance from the records',
  description:
    'Sums one scope, everything unless told; says which, and as of which position of the log. Parameters of two scopes exclude each other.',
  access: 'key',
  params: customerParams,
  query: deriveParams,
  answers: { 200: { description: 'The balance', data: derivedBalance } },
  refusals: [
    'VALIDATION_FAILED',
    'INVALID_SCOPE_COMBINATION',
    'SCOPE_TOO_WIDE',
    'CUSTOMER_NOT_FOUND',
    'NOT_FOUND',
  ],
  example: {
    params: { customerId: EXAMPLE_CUSTOMER },
    data: {
      customerId: EXAMPLE_CUSTOMER,
      computedBalance: 100,
      computedBalanceExact: '100',
      startingBalance: 0,
      startingBalanceExact: '0',
      netChange: 100,
      netChangeExact: '100',
      deltasCount: 1,
      deltaCount: 1,
      deltas: [
        {
          recordId: `rec_${EXAMPLE_KEY}`,
          receiptId: `rcp_${EXAMPLE_KEY}`,
          status: 'VERIFIED',
          customerId: EXAMPLE_CUSTOMER,
          index: 0,
          delta: 100,
          deltaExact: '100',
          balanceAfter: 100,
          balanceAfterExact: '100',
          reason: 'initial-deposit',
          referenceId: 'txn-quickstart-001',
          metadata: { source: 'quickstart-guide' },
          recordedAt: '2026-11-24T03:19:53.123Z',
          period: '2026-11',
          late: false,
          fingerprint: '6b2d02f8c1a9e4f6c0a5b7d3e8f90112233445566778899aabbccddeeff00112',
        },
      ],
      latestReceiptId: `rcp_${EXAMPLE_KEY}`,
      scope: { kind: 'all' },
      position: { lane: 2, sequence: 17, envelopes: 5, consistent: true, behindEnvelopes: 0 },
      view: 'full',
      pagination: { limit: 100, offset: 0, total: 1, nextCursor: null },
      proofRoot: '9d1f0c5b7a3e4d2c1b0a99887766554433221100ffeeddccbbaa998877665544',
      proofRootOf: 'periods',
    },
  },
});
