import { declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { auditExportQuery, auditQuery } from './audit.controller.js';

const TAG = 'Administration';

const auditEvent = z
  .object({
    id: z.string().meta({ description: 'Rises.' }),
    at: time('When it was done.'),
    tenantId: z.string().nullable(),
    actorKind: z.enum(['account', 'operator', 'visitor']),
    actorId: z.string().nullable().meta({ description: 'The account.' }),
    actorName: z.string().nullable().meta({ description: 'Its e-mail address at the time.' }),
    action: z.string().meta({ description: 'What was done, e.g. api-key.create.' }),
    target: z.string().nullable().meta({ description: 'Id of what it was done to.' }),
    detail: z.record(z.string(), z.unknown()).meta({ description: 'Never a secret.' }),
    address: z.string().nullable().meta({ description: 'Where it came from.' }),
    traceId: z.string().nullable(),
  })
  .meta({ id: 'AuditEvent', description: 'An act that changed something, or a login that was refused.' });

export const auditRoutes = [
  declareRoute({
    method: 'get',
    path: '/dashboard/audit',
    operationId: 'listAuditTrail',
    tag: TAG,
    summary: 'The audit trail, the latest first',
    description: 'Append-only. Needs the role admin.',
    access: 'session',
    query: auditQuery,
    answers: {
      200: {
        description: 'One page',
        data: z.object({
          items: z.array(auditEvent),
          nextCursor: z.string().nullable().meta({ description: 'For the next page; null: there is none.' }),
        }),
      },
    },
    refusals: ['VALIDATION_FAILED'],
    example: { query: { limit: '10' } },
  }),
  declareRoute({
    method: 'get',
    path: '/dashboard/audit/export',
    operationId: 'exportAuditTrail',
    tag: TAG,
    summary: 'All of the audit trail as a file, the first first',
    description: 'Needs the role admin.',
    access: 'session',
    query: auditExportQuery,
    answers: {
      200: {
        description: 'RFC 4180 with a header line, or a JSON object a line',
        content: { 'text/csv': z.string(), 'application/x-ndjson': z.string() },
      },
    },
    refusals: ['VALIDATION_FAILED'],
    example: { query: { format: 'csv' } },
  }),
];
