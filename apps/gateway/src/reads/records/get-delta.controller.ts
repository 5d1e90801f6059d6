import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { isRecordId } from '@pacspace/domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../../auth/principal.js';
import { consistencyParam, invalid, parseQuery } from '../query.js';
import { Reads } from '../reads.js';
import { orUnavailable } from '../unavailable.js';
import { getDelta } from './get-delta.js';

export const deltaParams = z.object({ consistency: consistencyParam() });

@Controller('api/v1/balance/delta')
export class GetDeltaController {
  constructor(private readonly reads: Reads) {}

  @Get(':recordId')
  async get(@Req() request: FastifyRequest, @Param('recordId') id: string, @Query() params: unknown) {
    const principal = principalOf(request);
    if (!isRecordId(id)) {
      throw invalid([{ path: 'recordId', message: 'must be rec_ and 32 hexadecimal digits' }]);
    }
    const { consistency = 'strong' } = parseQuery(deltaParams, params);
    const recordKey = id.slice('rec_'.length);
    const data = await orUnavailable(() => getDelta(this.reads, { principal, recordKey, consistency }));
    return { success: true, data };
  }
}
