import { amountMembers, count, customerId, hash, period, receiptId, recordId, time } from '@pacspace/openapi';
import { z } from 'zod';

/** Parts that several read routes answer with, as the OpenAPI document has them. */

const standing = {
  consistent: z.boolean().meta({
    description: 'True: the answer has all that was acknowledged before it was asked for.',
  }),
  behindEnvelopes: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: 'Envelopes of the log that it does not have; null: not known.' }),
};

/** As of which point of its lane's log an answer about one customer is true. */
export const position = z
  .object({
    lane: count('The lane of the log.'),
    sequence: count('The log’s sequence of the last envelope that is in.'),
    envelopes: count('How many of the lane’s envelopes are in.'),
    ...standing,
  })
  .meta({ id: 'Position', description: 'As of which point of its lane’s log the answer is true.' });

/** As of which point of the whole log an answer about several customers is true, at least. */
export const positions = z
  .object({ envelopes: count('How many envelopes of the log are in.'), ...standing })
  .meta({ id: 'Positions', description: 'As of which point of the whole log the answer is true, at least.' });

export const logPlace = z
  .object({ lane: count('The lane of the log.'), sequence: count('The log’s sequence.') })
  .meta({ id: 'LogPlace', description: 'The envelope that the delta is in.' });

/** Trace in which the request that brought the delta was served: 32 hexadecimal digits of W3C trace context. */
export const traceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ description: 'The trace of the request that brought it.' });

export const metadata = z.record(z.string(), z.unknown());

export const adjusts = z.object({ recordId: recordId() });

const facts = {
  recordId: recordId(),
  receiptId: receiptId(),
  customerId: customerId(),
  ...amountMembers('delta', 'The amount.'),
  reason: z.string(),
  referenceId: z.string().optional(),
  metadata: metadata.optional(),
  adjusts: adjusts.optional(),
  occurredAt: time('When it happened, if the producer said so.').optional(),
  fingerprint: hash('RFC 6962 leaf hash of its content.'),
};

const place = {
  status: z.literal('VERIFIED'),
  index: count('Position among the customer’s deltas, from 0, without gaps.'),
  ...amountMembers('balanceAfter', 'The customer’s balance after it.'),
  recordedAt: time('When it was recorded.'),
  period: period(),
  late: z.boolean().meta({ description: 'It happened in an earlier period that was closed by then.' }),
};

export const recordedDelta = z
  .object({ ...facts, ...place })
  .meta({ id: 'RecordedDelta', description: 'A delta in the ledger.' });

export const verifiedDelta = z
  .object({ ...facts, ...place, position: logPlace, traceId })
  .meta({ id: 'VerifiedDelta', description: 'A delta in the ledger: recomputed, ordered, final.' });

export const waitingDelta = z
  .object({ ...facts, status: z.enum(['QUEUED', 'PROCESSING']), position: logPlace, traceId })
  .meta({ id: 'WaitingDelta', description: 'A delta that is in the log and not in the ledger yet.' });

export const failedDelta = z
  .object({
    recordId: recordId(),
    receiptId: receiptId(),
    status: z.literal('FAILED'),
    customerId: customerId(),
    ...amountMembers('delta', 'The amount.'),
    error: z.object({ code: z.string(), message: z.string() }),
    fingerprint: hash('RFC 6962 leaf hash of its content.'),
    recordedAt: time('When it was refused.'),
    position: logPlace,
    traceId,
  })
  .meta({ id: 'FailedDelta', description: 'A delta that the ledger refused; final.' });

/** The example of every route is about this customer. */
export const EXAMPLE_CUSTOMER = 'customer_001';
export const customerParams = z.object({ customerId: customerId() });
