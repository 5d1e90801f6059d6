import {
  amountMembers,
  checkpointId,
  count,
  customerId,
  declareRoute,
  hash,
  period,
  receiptId,
  time,
} from '@pacspace/openapi';
import { z } from 'zod';
import {
  customerParams as pathParams,
  EXAMPLE_CUSTOMER,
  position,
  positions,
  recordedDelta,
} from '../answers.js';
import { summaryParams } from './customers.controller.js';
import { customerParams } from './get-customer.js';
import { listParams } from './list-customers.js';

const totals = {
  customerId: customerId(),
  customerReference: customerId(),
  totalDeltas: count('Deltas recorded.'),
  ...amountMembers('computedBalance', 'Their sum.'),
  firstRecordedAt: time('When the first one was recorded.'),
  lastRecordedAt: time('When the last one was recorded.'),
  latestReceiptId: receiptId(),
};

const page = {
  total: count('Items in all.'),
  page: count('This page, from 1.'),
  limit: count('Items on a page.'),
  pages: count('Pages in all.'),
};

const listedCustomer = z.object(totals).meta({ id: 'ListedCustomer' });

export const listCustomersRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/customers',
  operationId: 'listCustomers',
  tag: 'Customers',
  summary: 'Customers of whom something is recorded',
  access: 'key',
  query: listParams,
  answers: {
    200: {
      description: 'One page, by id',
      data: z
        .object({ items: z.array(listedCustomer), ...page, position: positions })
        .meta({ id: 'CustomerList' }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: { query: { search: 'customer', limit: '10' } },
});

export const summarizeCustomersRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/customers/summary',
  operationId: 'summarizeCustomers',
  tag: 'Customers',
  summary: 'All customers in one row',
  access: 'key',
  query: summaryParams,
  answers: {
    200: {
      description: 'Counts and the sum of all balances',
      data: z
        .object({
          totalCustomers: count('Customers of whom something is recorded.'),
          activeCustomers: count('Those with a delta in the active period.'),
          activePeriod: period(),
          totalDeltas: count('Deltas recorded.'),
          ...amountMembers('totalBalance', 'The sum of all balances.'),
          firstRecordedAt: time('When the first delta was recorded.').nullable(),
          lastRecordedAt: time('When the last delta was recorded.').nullable(),
          position: positions,
        })
        .meta({ id: 'CustomersSummary' }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: {},
});

const latestCheckpoint = z
  .object({ checkpointId: checkpointId(), proofRoot: hash('Root of what it seals.') })
  .meta({ id: 'LatestCheckpoint' });

export const getCustomerRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/customers/{customerId}',
  operationId: 'getCustomer',
  tag: 'Customers',
  summary: 'One customer: totals by period, and the newest deltas',
  access: 'key',
  params: pathParams,
  query: customerParams,
  answers: {
    200: {
      description: 'The customer',
      data: z
        .object({
          ...totals,
          latestCheckpoint: latestCheckpoint.nullable(),
          periods: z.array(
            z
              .object({
                period: period(),
                deltasCount: count('Deltas in it.'),
                ...amountMembers('netChange', 'Their sum.'),
              })
              .meta({ id: 'PeriodTotals' }),
          ),
          recentActivity: z.object({
            items: z.array(recordedDelta).meta({ description: 'From the newest back.' }),
            pagination: z.object(page),
          }),
          position,
        })
        .meta({ id: 'Customer' }),
    },
  },
  refusals: ['VALIDATION_FAILED', 'CUSTOMER_NOT_FOUND'],
  example: { params: { customerId: EXAMPLE_CUSTOMER } },
});
