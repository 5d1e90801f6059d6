import { Readable } from 'node:stream';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../../auth/principal.js';
import { openStream } from '../../http/open-stream.js';
import { codingOf } from '../../http/read-body.js';
import { customerParam, LIST_PAGE, pageParams, parseQuery } from '../../reads/query.js';
import { orUnavailable } from '../../reads/unavailable.js';
import { formatStatement } from './format-statement.js';
import { parseUpload } from './parse-upload.js';
import { Statements } from './statements.js';

export const statementListParams = z.object({
  customerId: customerParam(),
  ...pageParams(),
});

const MEDIA_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' } as const;

@Controller('api/v1/balance/compare/statements')
export class StatementsController {
  constructor(private readonly statements: Statements) {}

  @Post()
  @RouteConfig({
    scope: 'read',
    streamsBody: true,
    mediaTypes: ['application/x-ndjson', 'text/csv', 'text/tab-separated-values'],
  })
  async upload(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { environmentId } = principalOf(request);
    const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const upload = parseUpload(query, mediaType, this.statements.now());
    const blocks = openStream(request.raw, codingOf(request.raw));
    const statement = await orUnavailable(() => this.statements.keep(environmentId, upload, blocks));
    reply.code(201).send({ success: true, data: formatStatement(statement) });
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { environmentId } = principalOf(request);
    const { customerId, limit = LIST_PAGE.default, offset = 0 } = parseQuery(statementListParams, query);
    const found = await orUnavailable(() =>
      this.statements.list({ environmentId, customerId, limit: limit + 1, offset }),
    );
    const statements = found.slice(0, limit).map(formatStatement);
    return {
      success: true,
      data: { statements, pagination: { limit, offset, hasMore: found.length > limit } },
    };
  }

  @Get(':statementId')
  async find(@Req() request: FastifyRequest, @Param('statementId') statementId: string) {
    const { environmentId } = principalOf(request);
    const statement = await orUnavailable(() => this.statements.find(environmentId, statementId));
    return { success: true, data: formatStatement(statement) };
  }

  /** As it was handed in, to the byte. */
  @Get(':statementId/content')
  async content(
    @Req() request: FastifyRequest,
    @Param('statementId') statementId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { environmentId } = principalOf(request);
    const statement = await orUnavailable(() => this.statements.find(environmentId, statementId));
    const { format } = JSON.parse(statement.reading) as { format: keyof typeof MEDIA_TYPES };
    // Kept for whoever handed it in; shown in a browser it must not become a page of ours.
    reply.header('content-disposition', 'attachment').header('x-content-type-options', 'nosniff');
    reply.code(200).type(MEDIA_TYPES[format]);
    await reply.send(Readable.from(this.statements.content(statement), { objectMode: false }));
  }
}
