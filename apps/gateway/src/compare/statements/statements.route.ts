import {
  amountMembers,
  count,
  customerId,
  declareRoute,
  hash,
  time,
  uncountedPagination,
} from '@pacspace/openapi';
import { z } from 'zod';
import { EXAMPLE_CUSTOMER } from '../../reads/answers.js';
import { readScope } from '../../reads/derive/derive.route.js';
import { uploadParams } from './parse-upload.js';
import { statementListParams } from './statements.controller.js';

export const statementId = () =>
  z
    .string()
    .regex(/^stm_[0-9a-f]{32}$/)
    .meta({ description: 'The statement, which is kept.' });

export const statementReading = z
  .looseObject({ format: z.enum(['csv', 'ndjson', 'json']) })
  .meta({ id: 'StatementReading', description: 'How it is read; once it is, with what was found out.' });

const problems = z
  .object({
    message: z.string(),
    count: count('Problems in all.'),
    problems: z.array(
      z.object({
        row: count('From 0.'),
        line: count('Of the file, from 1.'),
        column: z.string(),
        value: z.string(),
        problem: z.string(),
      }),
    ),
  })
  .meta({ id: 'StatementProblems', description: 'Why it is refused: the first of its problems.' });

const statement = z
  .object({
    statementId: statementId(),
    customerId: customerId(),
    statementState: z.enum(['arriving', 'received', 'reading', 'ready', 'refused']),
    name: z.string().meta({ description: 'What the file is called.' }).optional(),
    scope: readScope,
    reading: statementReading,
    bytes: count('As it was handed in.'),
    bytesRead: count('Read into records so far.'),
    records: count('Records, so far.'),
    zeros: count('Amounts of zero or empty, which are no records.'),
    sha256: hash('SHA-256 of its bytes as they were handed in.').optional(),
    ...z.object(amountMembers('total', 'Sum of its records.')).partial().shape,
    problems: problems.optional(),
    receivedAt: time('When its first bytes came.'),
    readAt: time('When it was read to its end.').optional(),
  })
  .meta({ id: 'Statement', description: 'A party’s own records of a customer.' });

const params = z.object({ statementId: z.string().meta({ description: 'stm_ and 32 hexadecimal digits.' }) });

const rows = z.array(z.record(z.string(), z.unknown()));

export const uploadStatementRoute = declareRoute({
  method: 'post',
  path: '/api/v1/balance/compare/statements',
  operationId: 'uploadStatement',
  tag: 'Comparing',
  summary: 'Hand in a party’s own records',
  description:
    'Streamed, up to 5,000,000 records; kept byte for byte, with its hash. The parameters say what the columns mean, as the options of `pacspace import` do. It is read after the answer: ask for it until its statementState is ready, or refused with the problems. A key with the scope read suffices.',
  access: 'key',
  query: uploadParams,
  body: {
    content: {
      'application/json': rows.meta({ description: 'An array of objects.' }),
      'application/x-ndjson': z.string().meta({ description: 'One object a line.' }),
      'text/csv': z.string().meta({ description: 'With a header.' }),
      'text/tab-separated-values': z.string().meta({ description: 'With a header.' }),
    },
  },
  answers: {
    201: {
      description: 'It is kept',
      data: statement,
      links: {
        statement: {
          operationId: 'getStatement',
          parameters: { statementId: '$response.body#/data/statementId' },
        },
        content: {
          operationId: 'getStatementContent',
          parameters: { statementId: '$response.body#/data/statementId' },
        },
      },
    },
  },
  refusals: [
    'VALIDATION_FAILED',
    'INVALID_SCOPE_COMBINATION',
    'SCOPE_TOO_WIDE',
    'CUSTOMER_NOT_FOUND',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  example: {
    query: {
      customerId: EXAMPLE_CUSTOMER,
      amountColumn: 'amount',
      referenceColumn: 'ref',
      timeColumn: 'at',
    },
    body: [{ ref: 'inv-1', amount: '100.00', at: '2026-11-24T03:19:53Z' }],
  },
});

export const statementRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/compare/statements/{statementId}',
  operationId: 'getStatement',
  tag: 'Comparing',
  summary: 'A statement, and how far it is read',
  access: 'key',
  params,
  answers: { 200: { description: 'The statement', data: statement } },
  refusals: ['NOT_FOUND'],
});

export const statementContentRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/compare/statements/{statementId}/content',
  operationId: 'getStatementContent',
  tag: 'Comparing',
  summary: 'A statement as it was handed in',
  access: 'key',
  params,
  answers: {
    200: {
      description: 'Its bytes',
      content: { 'application/json': rows, 'application/x-ndjson': z.string(), 'text/csv': z.string() },
    },
  },
  refusals: ['NOT_FOUND'],
});

export const statementsRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/compare/statements',
  operationId: 'listStatements',
  tag: 'Comparing',
  summary: 'The statements, the latest first',
  access: 'key',
  query: statementListParams,
  answers: {
    200: {
      description: 'One page',
      data: z
        .object({
          statements: z.array(statement),
          pagination: uncountedPagination(),
        })
        .meta({ id: 'StatementList' }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: { query: { limit: '10' } },
});
