import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../auth/principal.js';
import { findGaps, gapsParams } from './find-gaps.js';
import { getUsage, usageParams } from './get-usage.js';
import { LIMITS_ANSWER } from './limits.js';
import { parseCustomerId, parseQuery } from './query.js';
import { Reads } from './reads.js';
import { orUnavailable } from './unavailable.js';

/** What a client asks about its environment and the ledger as such. */
@Controller('api/v1/balance')
export class EnvironmentController {
  constructor(private readonly reads: Reads) {}

  @Get('limits')
  limits() {
    return { success: true, data: LIMITS_ANSWER };
  }

  @Get('usage')
  async usage(@Req() request: FastifyRequest, @Query() query: unknown) {
    const params = parseQuery(usageParams, query);
    const data = await orUnavailable(() => getUsage(this.reads, principalOf(request), params));
    return { success: true, data };
  }

  @Get('gaps/:customerId')
  async gaps(@Req() request: FastifyRequest, @Param('customerId') id: string, @Query() query: unknown) {
    const customerId = parseCustomerId(id);
    const params = parseQuery(gapsParams, query);
    const principal = principalOf(request);
    const data = await orUnavailable(() => findGaps(this.reads, { principal, customerId, params }));
    return { success: true, data };
  }
}
