import { count, declareRoute, period } from '@pacspace/openapi';
import { z } from 'zod';
import { usageQuery } from './billing.controller.js';

const TAG = 'Plans';

const allowed = z.int().nullable().meta({ description: 'Deltas a month; null: any number.' });
const used = z.object({
  consumed: count('Deltas recorded in the month.'),
  allowed,
  remaining: z.int().nullable().meta({ description: 'What is left of it; null: any number.' }),
});

export const billingRoutes = [
  declareRoute({
    method: 'get',
    path: '/dashboard/billing/plan',
    operationId: 'getPlan',
    tag: TAG,
    summary: 'What the plan allows',
    access: 'session',
    answers: {
      200: {
        description: 'The plan',
        data: z
          .object({
            plan: z.string(),
            period: z.literal('month').meta({ description: 'In what time; calendar months in UTC.' }),
            sandbox: z.object({ allowed }),
            production: z.object({ allowed }),
            rate: z
              .object({
                perSecond: z.number().meta({ description: 'Deltas that one key may send, for ever.' }),
                burst: z.int().meta({ description: 'And at once, after a rest.' }),
              })
              .nullable()
              .meta({ description: 'null: as much as the service takes.' }),
          })
          .meta({ id: 'Plan' }),
      },
    },
    example: {},
  }),
  declareRoute({
    method: 'get',
    path: '/dashboard/billing/usage',
    operationId: 'getBillingUsage',
    tag: TAG,
    summary: 'What of the plan is used',
    access: 'session',
    query: usageQuery,
    answers: {
      200: {
        description: 'The month, the current one unless told',
        data: z
          .object({
            period: period(),
            plan: z.string(),
            sandbox: used,
            production: used,
            consumed: count('In both environments.'),
          })
          .meta({ id: 'BillingUsage' }),
      },
    },
    refusals: ['VALIDATION_FAILED'],
    example: {},
  }),
];
