import { Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../auth/principal.js';
import { customerParam, LIST_PAGE, pageParams, parseQuery } from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';
import { AccessTokens } from './access-tokens.js';
import { parseTokenBody } from './parse-token-body.js';

export const listParams = z.object({
  customerId: customerParam(),
  ...pageParams(),
});

/** A key that may read may show others what it reads: no route here wants more than that. */
@Controller('api/v1/balance/access-tokens')
export class AccessTokensController {
  constructor(private readonly tokens: AccessTokens) {}

  @Post()
  @RouteConfig({ scope: 'read' })
  async issue(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = parseTokenBody(request.body, Date.now());
    const data = await orUnavailable(() => this.tokens.issue(principalOf(request), body));
    reply.code(201).header('cache-control', 'no-store').send({ success: true, data });
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { environmentId } = principalOf(request);
    const { customerId, limit = LIST_PAGE.default, offset = 0 } = parseQuery(listParams, query);
    const data = await orUnavailable(() => this.tokens.list({ environmentId, customerId, limit, offset }));
    return { success: true, data };
  }

  @Delete(':tokenId')
  @RouteConfig({ scope: 'read' })
  async revoke(@Req() request: FastifyRequest, @Param('tokenId') tokenId: string) {
    const { environmentId } = principalOf(request);
    const data = await orUnavailable(() => this.tokens.revoke(environmentId, tokenId));
    return { success: true, data };
  }
}
