import {
  amountMembers,
  count,
  declareRoute,
  receiptId,
  recordId,
  time,
  uncountedPagination,
} from '@pacspace/openapi';
import { FINDING_CLASSES } from '@pacspace/reconcile';
import { FINDING_MEANS } from '@pacspace/wire';
import { z } from 'zod';
import { findingParams, summaryParams } from './finding-params.js';

export const reportId = () =>
  z
    .string()
    .regex(/^cmp_[0-9a-f]{32}$/)
    .meta({ description: 'The report, which is kept.' });

const params = z.object({ reportId: z.string().meta({ description: 'cmp_ and 32 hexadecimal digits.' }) });

export const foundEntry = z
  .object({
    index: count('Position among the customer’s deltas.'),
    recordId: recordId(),
    receiptId: receiptId(),
    logSequence: count('The log’s sequence of its envelope.'),
    referenceId: z.string().optional(),
    ...amountMembers('amount', 'Its amount.'),
    time: time('When it happened, or was recorded.'),
    reason: z.string(),
  })
  .meta({ id: 'FoundEntry', description: 'A delta in the ledger.' });

export const foundRow = z
  .object({
    row: count('Number of the record in the statement, from 0.'),
    line: count('Line of the file that it begins on, from 1.'),
    referenceId: z.string().optional(),
    ...amountMembers('amount', 'As it stands there.'),
    time: time('When it happened, as it stands there.').optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'FoundRow', description: 'A record of the statement.' });

const total = z.object({ count: count('Records.'), ...amountMembers('sum', 'Their exact sum.') });

export const classTotal = z
  .object({
    findings: count('How many.'),
    yours: total,
    theirs: total,
    ...amountMembers('contribution', 'What they add to the discrepancy.'),
  })
  .meta({ id: 'ClassTotal' });

const finding = z
  .object({
    number: count('Place in the report.'),
    class: z.enum(FINDING_CLASSES),
    by: z.enum(FINDING_MEANS).meta({ description: 'How its records came together.' }),
    cause: count('Of the report’s causes, the one that explains it.').optional(),
    ...amountMembers('contribution', 'What it adds to the discrepancy.'),
    time: time('Where it stands in the drill-down.').optional(),
    reason: z.string().optional(),
    yours: z.array(foundEntry),
    theirs: z.array(foundRow),
  })
  .meta({ id: 'Finding', description: 'Records of both sides that belong together, or one alone.' });

export const findingsRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/compare/{reportId}/findings',
  operationId: 'listFindings',
  tag: 'Comparing',
  summary: 'What a report found, down to the records',
  description:
    'In pages, or all of it as CSV or NDJSON. In the CSV a text that a spreadsheet would take for a formula is led by an apostrophe, and the column of contributions adds up to the discrepancy (with class=any).',
  access: 'key',
  params,
  query: findingParams,
  answers: {
    200: {
      description: 'One page, or the whole file',
      content: {
        'application/json': z.object({
          success: z.literal(true),
          data: z
            .object({
              reportId: reportId(),
              findings: z.array(finding),
              pagination: z.object({ limit: count('On a page.'), nextCursor: z.string().optional() }),
            })
            .meta({ id: 'FindingPage' }),
        }),
        'text/csv': z.string(),
        'application/x-ndjson': z.string().meta({ description: 'One finding a line.' }),
      },
    },
  },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});

export const summaryRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/compare/{reportId}/summary',
  operationId: 'summarizeFindings',
  tag: 'Comparing',
  summary: 'What a report found, level by level',
  description:
    'Total, month, day or hour, by reason or metadata dimension: each cell is the exact sum of its findings.',
  access: 'key',
  params,
  query: summaryParams,
  answers: {
    200: {
      description: 'The cells of one level',
      data: z
        .object({
          reportId: reportId(),
          level: z.enum(['total', 'month', 'day', 'hour']),
          by: z.string().optional(),
          cells: z.array(
            z.object({
              start: time('Of the month, day or hour. Left out: records that name no time.').optional(),
              value: z.string().meta({ description: 'Of what is asked for apart.' }).optional(),
              isOther: z.literal(true).meta({ description: 'All values that had no room.' }).optional(),
              ...amountMembers('contribution', 'What is in it adds to the discrepancy.'),
              classes: z.partialRecord(z.enum(FINDING_CLASSES), classTotal),
            }),
          ),
          pagination: uncountedPagination(),
        })
        .meta({ id: 'FindingSummary' }),
    },
  },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});
