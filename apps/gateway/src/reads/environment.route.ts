import { count, customerId, declareRoute, period } from '@pacspace/openapi';
import { z } from 'zod';
import { customerParams, EXAMPLE_CUSTOMER, position, positions } from './answers.js';
import { gapsParams } from './find-gaps.js';
import { usageParams } from './get-usage.js';
import { LIMITS_ANSWER } from './limits.js';

const limits = z
  .object(
    Object.fromEntries(Object.keys(LIMITS_ANSWER).map((name) => [name, z.number()])) as Record<
      Exclude<keyof typeof LIMITS_ANSWER, 'maxRetentionDays'>,
      z.ZodNumber
    >,
  )
  .extend({
    maxRetentionDays: z.int().nullable().meta({ description: 'null: nothing is ever deleted.' }),
  })
  .meta({ id: 'Limits', description: 'Every bound that a request can meet.' });

export const limitsRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/limits',
  operationId: 'getLimits',
  tag: 'Reading',
  summary: 'Every bound',
  access: 'key',
  answers: { 200: { description: 'The bounds', data: limits } },
  example: { data: LIMITS_ANSWER },
});

export const usageRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/usage',
  operationId: 'getUsage',
  tag: 'Reading',
  summary: 'Deltas recorded in a period, against the plan',
  access: 'key',
  query: usageParams,
  answers: {
    200: {
      description: 'What is used and what is left',
      data: z
        .object({
          period: period(),
          plan: z.string(),
          environment: z.enum(['test', 'live']),
          consumed: count('Deltas recorded.'),
          allowed: z.int().nullable().meta({ description: 'What the plan allows; null: any number.' }),
          remaining: z.int().nullable().meta({ description: 'What is left of it; null: any number.' }),
          position: positions,
        })
        .meta({ id: 'Usage' }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: {},
});

const gap = z
  .object({
    fromSequence: count('First index that is missing.'),
    toSequence: count('Last one.'),
    missing: count('How many.'),
  })
  .meta({ id: 'Gap' });

export const gapsRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/gaps/{customerId}',
  operationId: 'findGaps',
  tag: 'Reading',
  summary: 'Holes in a customer’s index',
  description:
    'Looks at every delta in the range. There is nothing to find unless somebody tampered with the ledger.',
  access: 'key',
  params: customerParams,
  query: gapsParams,
  answers: {
    200: {
      description: 'What was looked at, and what is missing or there twice',
      data: z
        .object({
          customerId: customerId(),
          totalDeltas: count('Deltas recorded.'),
          fromSequence: count('First index looked at.'),
          toSequence: z.int().nullable().meta({ description: 'Last one; null: there was none.' }),
          expected: count('Deltas that should be there.'),
          checked: count('Deltas that are there.'),
          contiguous: z.boolean(),
          gapsCount: count('Holes.'),
          gaps: z.array(gap),
          duplicates: z.array(z.int()),
          nextSequence: z.int().nullable().meta({ description: 'Where to go on; null: that was all.' }),
          position,
        })
        .meta({ id: 'GapReport' }),
    },
  },
  refusals: ['VALIDATION_FAILED', 'CUSTOMER_NOT_FOUND', 'SCOPE_TOO_WIDE'],
  example: { params: { customerId: EXAMPLE_CUSTOMER } },
});
