import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { isJsonObject } from '@pacspace/domain';
import { traceparentOf } from '@pacspace/http';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../auth/principal.js';
import { readIdempotencyKey } from '../ingest/read-item.js';
import { choiceParam, customerParam, LIST_PAGE, pageParams, parseQuery } from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';
import { Comparisons, formatReport } from './comparisons.js';
import { parseBalancesBody } from './parse-balances-body.js';
import { parseRunBody } from './statements/parse-run-body.js';
import { Statements } from './statements/statements.js';

export const listParams = z.object({
  customerId: customerParam(),
  kind: choiceParam('balances', 'statement'),
  ...pageParams(),
});

@Controller('api/v1/balance')
export class CompareController {
  constructor(
    private readonly comparisons: Comparisons,
    private readonly statements: Statements,
  ) {}

  /** What a report says follows from what may be read, and adds no delta. */
  @Post('compare')
  @RouteConfig({ scope: 'read' })
  async compare(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { environmentId } = principalOf(request);
    if (isJsonObject(request.body) && (request.body['statementId'] ?? undefined) !== undefined) {
      const key = readIdempotencyKey(request.headers['idempotency-key']);
      const body = parseRunBody(request.body);
      const report = await orUnavailable(() => this.statements.compare(environmentId, body, key));
      reply.code(202).send({ success: true, data: formatReport(report) });
      return;
    }
    const asked = parseBalancesBody(request.body, this.comparisons.reads.now());
    const data = await this.comparisons.compareBalances({ environmentId, ...asked }, traceparentOf(request));
    reply.code(201).send({ success: true, data });
  }

  @Get('compare/:reportId')
  async report(@Req() request: FastifyRequest, @Param('reportId') reportId: string) {
    const { environmentId } = principalOf(request);
    const report = await orUnavailable(() => this.comparisons.findReport(environmentId, reportId));
    return { success: true, data: formatReport(report) };
  }

  @Get('comparisons')
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { environmentId } = principalOf(request);
    const { customerId, kind, limit = LIST_PAGE.default, offset = 0 } = parseQuery(listParams, query);
    const data = await orUnavailable(() =>
      this.comparisons.list({ environmentId, customerId, kind, limit, offset }),
    );
    return { success: true, data };
  }
}
