import { AMOUNT_SCALE, DELTA_LIMITS, MAX_DELTA_UNITS } from '@pacspace/domain';
import {
  amountMembers,
  customerId,
  declareRoute,
  hash,
  pending,
  receiptId,
  recordId,
} from '@pacspace/openapi';
import { z } from 'zod';
import { EXAMPLE_CUSTOMER, logPlace } from '../reads/answers.js';

const text = (most: number) => z.string().min(1).max(most);

/** What `parseDelta` of the domain takes, as a schema; a test holds the two against each other. */
const members = {
  customerId: customerId(),
  delta: z
    .union([
      z.number().min(-MAX_DELTA_UNITS).max(MAX_DELTA_UNITS),
      z.string().regex(/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/),
    ])
    .meta({
      description: `The amount: a number, or a decimal as text. Not zero, at most ${AMOUNT_SCALE} decimals.`,
    }),
  reason: text(DELTA_LIMITS.reasonLength),
  referenceId: text(DELTA_LIMITS.referenceIdLength).meta({ description: 'Your own reference.' }).nullish(),
  metadata: z
    .record(z.string(), z.unknown())
    .meta({
      description: `At most ${DELTA_LIMITS.metadataBytes} bytes and ${DELTA_LIMITS.metadataDepth} levels. Proofs hold only a salted hash of it.`,
    })
    .nullish(),
  adjusts: z
    .union([
      z.strictObject({ recordId: recordId() }),
      z.strictObject({ referenceId: text(DELTA_LIMITS.referenceIdLength) }),
    ])
    .meta({ description: 'The delta of this customer that this one corrects.' })
    .nullish(),
  occurredAt: z
    .string()
    .meta({ format: 'date-time', description: 'When it happened; else when it is recorded.' })
    .nullish(),
  idempotencyKey: text(DELTA_LIMITS.idempotencyKeyLength)
    .meta({ description: 'A repeat with the same key is the same delta.' })
    .nullish(),
};

export const deltaBody = z.strictObject(members).meta({ id: 'Delta', description: 'One fact of usage.' });

/** CloudEvents 1.0, JSON format. */
export const deltaEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    time: z.string().meta({ format: 'date-time' }).optional(),
    data: deltaBody,
  })
  .meta({ id: 'DeltaEvent', description: 'A CloudEvent whose data is a delta; source and id are its key.' });

export const idempotencyHeader = z.object({
  'Idempotency-Key': text(DELTA_LIMITS.idempotencyKeyLength)
    .meta({ description: 'Repeats with the same key and body are answered as the first one was, for ever.' })
    .optional(),
});

export const replayedHeader = z.object({
  'Idempotency-Replayed': z
    .string()
    .meta({ description: 'true: this is the first answer again.' })
    .optional(),
});

const acceptedDelta = z
  .object({
    recordId: recordId(),
    receiptId: receiptId(),
    customerId: customerId(),
    ...amountMembers('delta', 'The amount.'),
    fingerprint: hash('RFC 6962 leaf hash of its content.'),
    status: z.literal('QUEUED'),
    position: logPlace,
    durability: z
      .enum(['fsync', 'replicated', 'buffered'])
      .meta({ description: 'What the acknowledgement stands on.' }),
    traceId: z.string(),
  })
  .meta({ id: 'AcceptedDelta', description: 'A delta that is durable in the log.' });

/** Of the example: it follows from environment, customer and key, so that tests can ask for it. */
export const EXAMPLE_RECORD = '65f4bb0a2c3d7bd8f6d3a5d98a0be9c1';

export const emitDelta = declareRoute({
  method: 'post',
  path: '/api/v1/balance/delta',
  operationId: 'emitDelta',
  tag: 'Recording',
  summary: 'Record one delta',
  description:
    'Answered when the delta is durable. Without an idempotency key every request is a new fact; with one a repeat is harmless.',
  access: 'key',
  headers: idempotencyHeader,
  body: { content: { 'application/json': deltaBody, 'application/cloudevents+json': deltaEvent } },
  answers: {
    201: {
      description: 'Recorded',
      data: acceptedDelta,
      headers: replayedHeader,
      links: {
        status: { operationId: 'getDelta', parameters: { recordId: '$response.body#/data/recordId' } },
        receipt: { operationId: 'getReceipt', parameters: { receiptId: '$response.body#/data/receiptId' } },
        balance: {
          operationId: 'deriveBalance',
          parameters: { customerId: '$response.body#/data/customerId' },
        },
      },
    },
    202: {
      description: 'A request with this key is still under way',
      content: { 'application/json': pending },
    },
  },
  refusals: [
    'VALIDATION_FAILED',
    'PLAN_LIMIT_EXCEEDED',
    'IDEMPOTENCY_CONFLICT',
    'ENVIRONMENT_NOT_READY',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'ADJUSTS_UNKNOWN',
    'ADJUSTS_AMBIGUOUS',
  ],
  example: {
    headers: { 'Idempotency-Key': 'txn-quickstart-001' },
    body: {
      customerId: EXAMPLE_CUSTOMER,
      delta: 100,
      reason: 'initial-deposit',
      referenceId: 'txn-quickstart-001',
      metadata: { source: 'quickstart-guide' },
    },
    data: {
      recordId: `rec_${EXAMPLE_RECORD}`,
      receiptId: `rcp_${EXAMPLE_RECORD}`,
      customerId: EXAMPLE_CUSTOMER,
      delta: 100,
      deltaExact: '100',
      fingerprint: '6b2d02f8c1a9e4f6c0a5b7d3e8f90112233445566778899aabbccddeeff00112',
      status: 'QUEUED',
      position: { lane: 2, sequence: 17 },
      durability: 'fsync',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    },
  },
});
