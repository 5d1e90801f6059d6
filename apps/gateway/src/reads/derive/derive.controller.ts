import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
  async derive(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('customerId') id: string,
    @Query() params: unknown,
  ): Promise<void> {
    const principal = principalOf(request);
    const customerId = parseCustomerId(id);
    const query = parseDeriveQuery(params, this.reads.now());
    const { facts, deltas } = await orUnavailable(() =>
      deriveBalance(this.reads, { principal, customerId, query }),
    );
    // The rows are JSON already; they come last, behind what was summed.
    const data = `${JSON.stringify(facts).slice(0, -1)},"deltas":[${deltas.join(',')}]}`;
    reply.type('application/json; charset=utf-8').send(`{"success":true,"data":${data}}`);
  }
}
