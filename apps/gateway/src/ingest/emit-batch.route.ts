import {
  amountMembers,
  count,
  customerId,
  declareRoute,
  errorDetail,
  receiptId,
  recordId,
} from '@pacspace/openapi';
import { z } from 'zod';
import { choiceParam } from '../reads/query.js';
import { MAX_JSON_ITEMS } from './batch-limits.js';
import { deltaBody, deltaEvent, idempotencyHeader } from './emit-delta.route.js';

const queued = z
  .object({
    index: count('Place in the batch.'),
    status: z.literal('QUEUED'),
    recordId: recordId(),
    receiptId: receiptId(),
    customerId: customerId(),
    ...amountMembers('delta', 'The amount.'),
    idempotent: z
      .literal(true)
      .meta({ description: 'It was recorded before, under the same key.' })
      .optional(),
  })
  .meta({ id: 'QueuedItem' });

const refused = z
  .object({
    index: count('Place in the batch.'),
    status: z.literal('FAILED'),
    customerId: customerId().optional(),
    error: errorDetail,
  })
  .meta({ id: 'FailedItem' });

export const batchAnswer = z
  .object({
    totalQueued: count('Items that are durable now.'),
    totalFailed: count('Items that were not taken.'),
    results: z.array(z.union([queued, refused])),
  })
  .meta({ id: 'BatchAnswer' });

export const emitBatchRoute = declareRoute({
  method: 'post',
  path: '/api/v1/balance/delta/batch',
  operationId: 'emitBatch',
  tag: 'Recording',
  summary: 'Record many deltas',
  description:
    'Item by item: one bad item does not stop the others. An item’s key is its idempotencyKey, or else its referenceId, or else the header’s and its place. NDJSON, one delta a line, is of any length and answered while it is read.',
  access: 'key',
  query: z.object({
    results: choiceParam('all', 'failed').meta({ description: 'failed lists only the items that failed.' }),
  }),
  headers: idempotencyHeader,
  body: {
    content: {
      'application/json': z
        .object({ deltas: z.array(deltaBody).min(1).max(MAX_JSON_ITEMS) })
        .meta({ id: 'DeltaBatch' }),
      'application/x-ndjson': z.string().meta({ description: 'One delta a line.' }),
      'application/cloudevents-batch+json': z.array(deltaEvent),
    },
  },
  answers: {
    201: {
      description:
        'Read to its end. `success` is the last member: false, with an `error`, when the batch broke off',
      content: {
        'application/json': z.union([
          z.object({ data: batchAnswer, success: z.literal(true) }),
          z.object({ data: batchAnswer, success: z.literal(false), error: errorDetail }),
        ]),
      },
    },
  },
  refusals: [
    'VALIDATION_FAILED',
    'PLAN_LIMIT_EXCEEDED',
    'ENVIRONMENT_NOT_READY',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  example: {
    body: {
      deltas: [
        { customerId: 'customer_002', delta: '-0.0042', reason: 'tokens', idempotencyKey: 'req-1' },
        { customerId: 'customer_002', delta: -3, reason: 'requests', referenceId: 'req-2' },
      ],
    },
    data: {
      data: {
        totalQueued: 2,
        totalFailed: 0,
        results: [
          {
            index: 0,
            status: 'QUEUED',
            recordId: 'rec_0f1e2d3c4b5a69788796a5b4c3d2e1f0',
            receiptId: 'rcp_0f1e2d3c4b5a69788796a5b4c3d2e1f0',
            customerId: 'customer_002',
            delta: -0.0042,
            deltaExact: '-0.0042',
          },
          {
            index: 1,
            status: 'QUEUED',
            recordId: 'rec_1f1e2d3c4b5a69788796a5b4c3d2e1f0',
            receiptId: 'rcp_1f1e2d3c4b5a69788796a5b4c3d2e1f0',
            customerId: 'customer_002',
            delta: -3,
            deltaExact: '-3',
          },
        ],
      },
      success: true,
    },
  },
});
