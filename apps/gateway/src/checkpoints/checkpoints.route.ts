import {
  amountMembers,
  boundedPagination,
  checkpointId,
  count,
  customerId,
  declareRoute,
  hash,
  pending,
  period,
  time,
} from '@pacspace/openapi';
import { z } from 'zod';
import { idempotencyHeader, replayedHeader } from '../ingest/emit-delta.route.js';
import { EXAMPLE_CUSTOMER } from '../reads/answers.js';
import { listParams } from './checkpoints.controller.js';
import { MOST_FINGERPRINTS } from './parse-checkpoint-body.js';

const body = z
  .looseObject({
    customerId: customerId()
      .meta({ description: 'Left out: every customer active in the scope.' })
      .optional(),
    period: period().meta({ description: 'Scope: a month; the current one unless told.' }).optional(),
    timePreset: z.enum(['current_month', 'custom']).optional(),
    startDate: z.string().meta({ description: 'Scope: with endDate, a window.' }).optional(),
    endDate: z.string().meta({ description: 'The first moment after it.' }).optional(),
    mode: z.string().meta({ description: 'A word for what the fingerprints are.' }).optional(),
    fingerprints: z
      .array(hash('Fingerprint of a delta.'))
      .min(1)
      .max(MOST_FINGERPRINTS)
      .meta({ description: 'Scope: these deltas of the customer.' })
      .optional(),
  })
  .meta({ id: 'CheckpointRequest' });

const scope = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('period'), period: period() }),
    z.object({
      kind: z.literal('window'),
      startDate: time('The first moment.'),
      endDate: time('The first moment after it.'),
      asOf: count('Deltas of the customer known then.').optional(),
    }),
    z.object({
      kind: z.literal('subset'),
      asOf: count('Deltas of the customer known then.'),
      fingerprintsRoot: hash('Root of those chosen.'),
    }),
  ])
  .meta({ id: 'SealedScope' });

const named = {
  checkpointId: checkpointId(),
  proofRoot: hash('RFC 6962 root of what is sealed.'),
  merkleRoot: hash('The same.'),
  status: z.literal('VERIFIED'),
  scope,
  period: period().optional(),
  deltasCount: count('Deltas sealed.'),
  sealedAt: time('When it was sealed.'),
};

const sealed = {
  ...named,
  customerId: customerId(),
  startDate: time('Of a window.').optional(),
  endDate: time('Of a window.').optional(),
  fromIndex: z.int().nullable().meta({ description: 'Index of the first delta; null: there is none.' }),
  toIndex: z.int().nullable().meta({ description: 'Index of the last one.' }),
  ...amountMembers('openingBalance', 'Balance before the deltas sealed.'),
  ...amountMembers('closingBalance', 'Balance after them.'),
  ...amountMembers('netChange', 'Their sum.'),
  final: z.boolean().meta({ description: 'The period is closed: nothing is added to it any more.' }),
  logIndex: count('Place in the signed log.'),
  origin: z.string().meta({ description: 'The log’s name.' }),
};

export const checkpoint = z
  .object(sealed)
  .meta({ id: 'Checkpoint', description: 'A sealed scope of one customer.' });

const run = z
  .object({
    ...named,
    customersCount: count('Customers sealed.'),
    checkpoints: z.array(checkpoint),
    pagination: z.object({
      total: count('Seals.'),
      limit: count('Listed here at most.'),
      offset: count('Before.'),
    }),
  })
  .meta({ id: 'CheckpointRun', description: 'A scope of every customer active in it, under one root.' });

export const createCheckpoint = declareRoute({
  method: 'post',
  path: '/api/v1/balance/checkpoint',
  operationId: 'createCheckpoint',
  tag: 'Proving',
  summary: 'Seal a scope under a proof root',
  description:
    'A month that is over is closed by it; one that runs is covered so far. Nothing new: the same checkpoint.',
  access: 'key',
  headers: idempotencyHeader,
  body: { required: false, content: { 'application/json': body } },
  answers: {
    201: {
      description: 'Sealed',
      data: z.union([checkpoint, run]),
      headers: replayedHeader,
      links: {
        verify: { operationId: 'verifyRoot', parameters: { proofRoot: '$response.body#/data/proofRoot' } },
        proof: {
          operationId: 'getInvoiceProof',
          parameters: { customerId: '$response.body#/data/customerId' },
        },
      },
    },
    202: { description: 'It is still being made', content: { 'application/json': pending } },
  },
  refusals: [
    'VALIDATION_FAILED',
    'INVALID_SCOPE_COMBINATION',
    'SCOPE_TOO_WIDE',
    'CUSTOMER_NOT_FOUND',
    'IDEMPOTENCY_CONFLICT',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  example: { body: { customerId: EXAMPLE_CUSTOMER } },
});

export const listCheckpoints = declareRoute({
  method: 'get',
  path: '/api/v1/balance/checkpoints',
  operationId: 'listCheckpoints',
  tag: 'Proving',
  summary: 'The checkpoints, the latest first',
  access: 'key',
  query: listParams,
  answers: {
    200: {
      description: 'One page',
      data: z
        .object({
          checkpoints: z.array(
            z
              .object({
                ...sealed,
                published: z.boolean().meta({ description: 'The signed head covers it.' }),
              })
              .meta({ id: 'ListedCheckpoint' }),
          ),
          pagination: boundedPagination('Checkpoints in all.'),
        })
        .meta({ id: 'CheckpointList' }),
    },
  },
  refusals: ['VALIDATION_FAILED', 'INVALID_SCOPE_COMBINATION', 'SCOPE_TOO_WIDE', 'CUSTOMER_NOT_FOUND'],
  example: { query: { limit: '10' } },
});
