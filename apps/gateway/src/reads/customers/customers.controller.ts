import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../../auth/principal.js';
import { consistencyParam, parseCustomerId, parseQuery } from '../query.js';
import { Reads } from '../reads.js';
import { orUnavailable } from '../unavailable.js';
import { customerParams, getCustomer } from './get-customer.js';
import { listCustomers, listParams } from './list-customers.js';
import { summarizeCustomers } from './summarize-customers.js';

export const summaryParams = z.object({ consistency: consistencyParam() });

@Controller('api/v1/balance/customers')
export class CustomersController {
  constructor(private readonly reads: Reads) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const params = parseQuery(listParams, query);
    const data = await orUnavailable(() => listCustomers(this.reads, principalOf(request), params));
    return { success: true, data };
  }

  @Get('summary')
  async summarize(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { consistency = 'strong' } = parseQuery(summaryParams, query);
    const principal = principalOf(request);
    const data = await orUnavailable(() => summarizeCustomers(this.reads, principal, consistency));
    return { success: true, data };
  }

  @Get(':customerId')
  async get(@Req() request: FastifyRequest, @Param('customerId') id: string, @Query() query: unknown) {
    const customerId = parseCustomerId(id);
    const params = parseQuery(customerParams, query);
    const principal = principalOf(request);
    const data = await orUnavailable(() => getCustomer(this.reads, { principal, customerId, params }));
    return { success: true, data };
  }
}
