import {
  amountMembers,
  checkpointId,
  count,
  customerId,
  declareRoute,
  hash,
  period,
  receiptId,
  recordId,
  type RouteDeclaration,
  time,
} from '@pacspace/openapi';
import { z } from 'zod';
import { customerParams, EXAMPLE_CUSTOMER, recordedDelta, traceId } from '../reads/answers.js';
import { receipt, receiptState, statement } from './proof-schemas.js';
import { listParams, scopeParams } from './receipts.controller.js';

const deltaReceipt = z
  .object({
    receiptId: receiptId(),
    recordId: recordId(),
    customerId: customerId(),
    receiptState,
    checkpointId: checkpointId().optional(),
    logIndex: count('Place of the seal in the log.').optional(),
    proofRoot: hash('Root of the seal.').optional(),
    origin: z.string().optional(),
    traceId,
    receipt,
  })
  .meta({ id: 'DeltaReceipt' });

export const receiptParams = z.object({
  receiptId: z.string().meta({ description: 'rcp_ and 32 hexadecimal digits.' }),
});

export const receiptAnswer = {
  description: 'The receipt, as far as it goes',
  content: {
    'application/json': z.object({ success: z.literal(true), data: deltaReceipt }),
    'text/plain': z.string(),
  },
};

export const receiptRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/receipts/{receiptId}',
  operationId: 'getReceipt',
  tag: 'Proving',
  summary: 'One delta’s receipt, to be checked offline',
  description:
    'With the suffix `.tlog-proof` or `Accept: text/plain` as C2SP tlog-proof, once it is published.',
  access: 'key',
  params: receiptParams,
  answers: { 200: receiptAnswer },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});

export const invoiceProof = z
  .object({
    customerId: customerId(),
    period: period().optional(),
    startDate: time('First moment of the window.').optional(),
    endDate: time('The first moment after it.').optional(),
    generatedAt: time('Now.'),
    checkpointId: checkpointId(),
    receiptState: z.enum(['sealed', 'published']),
    final: z.boolean().meta({ description: 'The period is closed: nothing is added to it any more.' }),
    sealedAt: time('When it was sealed.'),
    logIndex: count('Place of the seal in the log.'),
    origin: z.string(),
    deltasCount: count('Deltas sealed.'),
    ...amountMembers('startingBalance', 'Balance before them.'),
    ...amountMembers('finalBalance', 'Balance after them.'),
    proofRoot: hash('Root of the seal.'),
    verifyUrl: z.string(),
    verificationApiUrl: z.string(),
    deltas: z.array(recordedDelta),
    statement,
  })
  .meta({ id: 'InvoiceProof' });

const invoiceProofRoute = (path: string, operationId: string): RouteDeclaration =>
  declareRoute({
    method: 'get',
    path: `/api/v1/balance/${path}/{customerId}`,
    operationId,
    tag: 'Proving',
    summary: 'All deltas of a sealed scope, and the file that proves them',
    description: 'Of the current month unless told. What is not sealed has none: make a checkpoint first.',
    access: 'key',
    params: customerParams,
    query: scopeParams,
    answers: { 200: { description: 'The scope’s statement', data: invoiceProof } },
    refusals: [
      'VALIDATION_FAILED',
      'INVALID_SCOPE_COMBINATION',
      'SCOPE_TOO_WIDE',
      'CUSTOMER_NOT_FOUND',
      'NOT_FOUND',
    ],
    example: { params: { customerId: EXAMPLE_CUSTOMER } },
  });

export const periodReceiptRoute = invoiceProofRoute('receipt', 'getPeriodReceipt');
export const statementRoute = invoiceProofRoute('invoice-proof', 'getInvoiceProof');

export const listReceiptsRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/customers/{customerId}/receipts',
  operationId: 'listReceipts',
  tag: 'Proving',
  summary: 'Receipts of a customer’s newest deltas',
  access: 'key',
  params: customerParams,
  query: listParams,
  answers: {
    200: {
      description: 'From the newest back',
      data: z
        .object({
          customerId: customerId(),
          receipts: z.array(
            z
              .object({
                receiptId: receiptId(),
                recordId: recordId(),
                index: count('Position among the customer’s deltas.'),
                ...amountMembers('delta', 'The amount.'),
                ...amountMembers('balanceAfter', 'The balance after it.'),
                reason: z.string(),
                period: period(),
                recordedAt: time('When it was recorded.'),
                receiptState,
              })
              .meta({ id: 'ListedReceipt' }),
          ),
        })
        .meta({ id: 'ReceiptList' }),
    },
  },
  refusals: ['VALIDATION_FAILED', 'CUSTOMER_NOT_FOUND'],
  example: { params: { customerId: EXAMPLE_CUSTOMER } },
});
