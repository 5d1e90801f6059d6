import { amountMembers, boundedPagination, count, customerId, declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { position, positions } from '../reads/answers.js';
import { readScope } from '../reads/derive/derive.route.js';
import { scopeParams } from '../reads/derive/parse-derive-query.js';
import { listParams } from './compare.controller.js';
import { reportId } from './findings/findings.route.js';
import { ledger } from './ledger-standing.js';
import { openReport, statementReport } from './statement-report.js';
import { statementId } from './statements/statements.route.js';

const balance = (description: string) =>
  z
    .union([z.number(), z.string()])
    .meta({ description: `${description} A number, or a decimal in a string.` });

const textMembers = Object.fromEntries(
  Object.keys(scopeParams).map((name) => [
    name,
    z
      .string()
      .meta({ description: `Scope, as derive takes ${name}.` })
      .optional(),
  ]),
);

const body = z
  .looseObject({
    yourBalance: balance('What the one side has.'),
    theirBalance: balance('What the other side has.'),
    startingBalance: balance('Added to what is recorded; 0 unless told.').optional(),
    customerId: customerId()
      .meta({ description: 'Left out: against all that the key’s environment has recorded.' })
      .optional(),
    ...textMembers,
  })
  .meta({ id: 'BalancesToCompare' });

const runBody = z
  .object({
    statementId: statementId(),
    rules: z
      .object({
        sign: z.enum(['same', 'opposite']).meta({
          description: 'opposite: the statement counts with the other sign.',
        }),
        tolerance: z
          .object({ absolute: z.union([z.number(), z.string()]), percent: z.union([z.number(), z.string()]) })
          .partial()
          .meta({ description: 'By how much amounts may differ: either suffices.' }),
        timeWindowSeconds: z.number().meta({
          description: 'How far apart records without a common reference may lie.',
        }),
        timingWindowSeconds: z
          .number()
          .meta({ description: 'Likewise, in the other period. 0: by reference only.' }),
        reasonMap: z.record(z.string(), z.string()).meta({ description: 'Their reason: ours.' }),
        groups: z.boolean().meta({ description: 'Whether one record may match several; true unless told.' }),
      })
      .partial()
      .meta({ description: 'By which records are matched that have no reference in common.' })
      .optional(),
  })
  .meta({ id: 'StatementToCompare' });

const balancesReport = z
  .object({
    reportId: reportId(),
    kind: z.literal('balances'),
    reportState: z.literal('done'),
    customerId: customerId().nullable(),
    heldAgainst: z.enum(['customer', 'environment']),
    matches: z.boolean().meta({
      description: 'With a customer: both are what is recorded. Without one: the two are the same.',
    }),
    matchesYours: z.boolean().meta({ description: 'yourBalance is what is recorded.' }),
    matchesTheirs: z.boolean().meta({ description: 'theirBalance is what is recorded.' }),
    ...amountMembers('yourBalance', 'As it was given.'),
    ...amountMembers('theirBalance', 'As it was given.'),
    ...amountMembers('startingBalance', 'As it was given.'),
    ...amountMembers('neutralBalance', 'Starting balance and what is recorded in the scope.'),
    ...amountMembers('discrepancy', 'Yours less theirs.'),
    ...amountMembers('yourDiscrepancy', 'Yours less what is recorded.'),
    ...amountMembers('theirDiscrepancy', 'Theirs less what is recorded.'),
    deltasCount: count('Deltas summed.'),
    customersCount: count('Customers summed.').optional(),
    scope: readScope,
    ledger,
    position: z.union([position, positions]),
    createdAt: time('When it was made.'),
  })
  .meta({ id: 'BalancesReport', description: 'Two totals held against the ledger.' });

const report = z.union([balancesReport, statementReport, openReport]);

export const compareRoute = declareRoute({
  method: 'post',
  path: '/api/v1/balance/compare',
  operationId: 'compareBalances',
  tag: 'Comparing',
  summary: 'Hold two totals, or a statement, against the ledger',
  description:
    'It sees all that was acknowledged before; the report is kept. Two totals are answered at once; of a statement the answer names the report, which is made after it: ask for it until its reportState is done. A statement may be compared as often as one likes, under other rules. With an Idempotency-Key a statement’s comparison is made once. A key with the scope read suffices: it records nothing.',
  access: 'key',
  body: { content: { 'application/json': z.union([body, runBody]) } },
  answers: {
    201: {
      description: 'The report',
      data: balancesReport,
      links: {
        report: {
          operationId: 'getComparison',
          parameters: { reportId: '$response.body#/data/reportId' },
        },
        findings: {
          operationId: 'listFindings',
          parameters: { reportId: '$response.body#/data/reportId' },
        },
        summary: {
          operationId: 'summarizeFindings',
          parameters: { reportId: '$response.body#/data/reportId' },
        },
      },
    },
    202: {
      description: 'The report of a statement is being made',
      data: z.union([openReport, statementReport]),
    },
  },
  refusals: [
    'VALIDATION_FAILED',
    'INVALID_SCOPE_COMBINATION',
    'SCOPE_TOO_WIDE',
    'CUSTOMER_NOT_FOUND',
    'NOT_FOUND',
    'STATEMENT_REFUSED',
    'IDEMPOTENCY_CONFLICT',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  example: { body: { yourBalance: 100, theirBalance: 100, startingBalance: 0 } },
});

export const comparisonRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/compare/{reportId}',
  operationId: 'getComparison',
  tag: 'Comparing',
  summary: 'A report, or how far it is',
  access: 'key',
  params: z.object({ reportId: z.string().meta({ description: 'cmp_ and 32 hexadecimal digits.' }) }),
  answers: { 200: { description: 'The report, or how far it is', data: report } },
  refusals: ['NOT_FOUND'],
});

export const comparisonsRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/comparisons',
  operationId: 'listComparisons',
  tag: 'Comparing',
  summary: 'The reports, the latest first',
  access: 'key',
  query: listParams,
  answers: {
    200: {
      description: 'One page',
      data: z
        .object({
          comparisons: z.array(report),
          pagination: boundedPagination('Reports in all.'),
        })
        .meta({ id: 'ReportList' }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: { query: { limit: '10' } },
});
