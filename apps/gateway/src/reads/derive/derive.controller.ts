import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../../auth/principal.js';
import { parseCustomerId } from '../query.js';
import { Reads } from '../reads.js';
import { orUnavailable } from '../unavailable.js';
import { deriveBalance } from './derive-balance.js';
import { parseDeriveQuery } from './parse-derive-query.js';

@Controller('api/v1/balance/derive')
export class DeriveController {
  constructor(private readonly reads: Reads) {}

  @Get(':customerId')
  async derive(@Req() request: FastifyRequest, @Param('customerId') id: string, @Query() params: unknown) {
    const principal = principalOf(request);
    const customerId = parseCustomerId(id);
    const query = parseDeriveQuery(params, this.reads.now());
    const data = await orUnavailable(() => deriveBalance(this.reads, { principal, customerId, query }));
    return { success: true, data };
  }
}
