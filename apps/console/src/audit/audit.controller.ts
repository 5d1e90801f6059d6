import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { parseFields } from '@pacspace/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import { integerField } from '../http/fields.js';
import { exportAudit, formatAudit, listAudit } from './read-audit.js';

const filterFields = {
  action: z.string().max(100).optional().meta({ description: 'Only acts of this name.' }),
  actorId: z.string().max(100).optional().meta({ description: 'Only acts of this account.' }),
  target: z.string().max(100).optional().meta({ description: 'Only acts on what has this id.' }),
};
export const auditQuery = z.object({
  ...filterFields,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a cursor of an earlier answer')
    .optional()
    .meta({ description: "The last page's nextCursor." }),
  limit: integerField(1, 500).default(50),
});
export const auditExportQuery = z.object({
  ...filterFields,
  format: z.enum(['csv', 'ndjson']).default('csv'),
});

const operatorFields = { tenantId: z.string().max(100).optional() };
const operatorQuery = auditQuery.extend(operatorFields);
const operatorExportQuery = auditExportQuery.extend(operatorFields);

/** The tenant's own trail, for those who may change things. */
@Controller('dashboard/audit')
export class AuditController {
  constructor(private readonly tools: ConsoleTools) {}

  /** Newest first. */
  @Get()
  @RouteConfig({ access: 'admin' })
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { tenantId } = memberOf(request);
    return await answerList(this.tools, { ...parseFields(auditQuery, query), tenantId });
  }

  @Get('export')
  @RouteConfig({ access: 'admin' })
  async export(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query() query: unknown) {
    const { tenantId } = memberOf(request);
    await sendExport(this.tools, reply, { ...parseFields(auditExportQuery, query), tenantId });
  }
}

/** All tenants' trail, and what belongs to none: requests for access and what became of them. */
@Controller('operator/audit')
export class OperatorAuditController {
  constructor(private readonly tools: ConsoleTools) {}

  @Get()
  @RouteConfig({ access: 'operator' })
  async list(@Query() query: unknown) {
    return await answerList(this.tools, parseFields(operatorQuery, query));
  }

  @Get('export')
  @RouteConfig({ access: 'operator' })
  async export(@Res() reply: FastifyReply, @Query() query: unknown) {
    await sendExport(this.tools, reply, parseFields(operatorExportQuery, query));
  }
}

async function answerList({ store }: ConsoleTools, query: z.output<typeof operatorQuery>) {
  const { limit, cursor, ...filter } = query;
  const events = await listAudit(store, filter, { limit, before: cursor });
  const last = events.length === limit ? events.at(-1)?.number : undefined;
  return { success: true, data: { items: events.map(formatAudit), nextCursor: last ?? null } };
}

/** All of it, oldest first, as it is read: memory does not grow with it. */
async function sendExport(
  { store }: ConsoleTools,
  reply: FastifyReply,
  { format, ...filter }: z.output<typeof operatorExportQuery>,
): Promise<void> {
  reply
    .header('content-disposition', `attachment; filename="audit.${format}"`)
    .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
  await reply.send(Readable.from(exportAudit(store, filter, format)));
}
