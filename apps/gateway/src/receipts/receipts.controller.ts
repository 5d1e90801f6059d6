import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { periodOf } from '@pacspace/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../auth/principal.js';
import { chooseScope } from '../checkpoints/parse-scope.js';
import { choiceParam, integerParam, parseQuery, periodParam, timeParam } from '../reads/query.js';
import { Reads } from '../reads/reads.js';
import { orUnavailable } from '../reads/unavailable.js';
import { findCustomer } from '../reads/find-customer.js';
import { formatInvoiceProof } from './format-invoice-proof.js';
import { listReceipts } from './list-receipts.js';
import { makeReceipt } from './make-receipt.js';
import { makeStatement } from './make-statement.js';
import { parseReceiptName, sendReceipt } from './send-receipt.js';

const PAGE = { default: 25, most: 100 };
export const scopeParams = z.object({
  period: periodParam(),
  timePreset: choiceParam('current_month', 'custom'),
  startDate: timeParam(),
  endDate: timeParam(),
});
export const listParams = z.object({ limit: integerParam(1, PAGE.most) });

@Controller('api/v1/balance')
export class ReceiptsController {
  constructor(private readonly reads: Reads) {}

  /** One delta's receipt: as JSON, or as a `.tlog-proof` text for whoever asks by suffix or by `accept: text/plain`. */
  @Get('receipts/:receiptId')
  async receipt(
    @Req() request: FastifyRequest,
    @Param('receiptId') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { environmentId } = principalOf(request);
    const asked = parseReceiptName(name, request.headers.accept);
    const made = await orUnavailable(() => makeReceipt(this.reads, environmentId, asked.recordKey));
    sendReceipt(reply, asked, made);
  }

  @Get('receipt/:customerId')
  async receiptOfPeriod(
    @Req() request: FastifyRequest,
    @Param('customerId') id: string,
    @Query() query: unknown,
  ) {
    return await this.statement(request, id, query);
  }

  @Get('invoice-proof/:customerId')
  async invoiceProof(
    @Req() request: FastifyRequest,
    @Param('customerId') id: string,
    @Query() query: unknown,
  ) {
    return await this.statement(request, id, query);
  }

  @Get('customers/:customerId/receipts')
  async list(@Req() request: FastifyRequest, @Param('customerId') id: string, @Query() query: unknown) {
    const { limit = PAGE.default } = parseQuery(listParams, query);
    const data = await orUnavailable(async () => {
      const of = await findCustomer(this.reads, principalOf(request).environmentId, id);
      return { customerId: of.customerId, receipts: await listReceipts(this.reads.pool, of, limit) };
    });
    return { success: true, data };
  }

  private async statement(request: FastifyRequest, id: string, query: unknown) {
    const currentPeriod = periodOf(this.reads.now());
    const asked = chooseScope(parseQuery(scopeParams, query), currentPeriod);
    const scope = asked?.kind === 'window' || asked?.kind === 'period' ? asked : undefined;
    const data = await orUnavailable(async () => {
      const of = await findCustomer(this.reads, principalOf(request).environmentId, id);
      const made = await this.reads.large.run(() =>
        makeStatement(this.reads, of, scope ?? { kind: 'period', period: currentPeriod }),
      );
      return formatInvoiceProof(made, this.reads.now());
    });
    return { success: true, data };
  }
}
