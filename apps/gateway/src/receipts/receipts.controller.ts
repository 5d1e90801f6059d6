import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { periodOf } from '@pacspace/domain';
import { formatCheckpointId, readCustomer } from '@pacspace/ledger';
import { formatReceiptProof, receiptState } from '@pacspace/proof';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../auth/principal.js';
import { chooseScope } from '../checkpoints/parse-scope.js';
import {
  choiceParam,
  integerParam,
  invalid,
  parseCustomerId,
  parseQuery,
  periodParam,
  timeParam,
} from '../reads/query.js';
import { Reads } from '../reads/reads.js';
import { orUnavailable } from '../reads/unavailable.js';
import { unknownCustomer } from '../reads/unknown-customer.js';
import { formatInvoiceProof } from './format-invoice-proof.js';
import { listReceipts } from './list-receipts.js';
import { makeReceipt } from './make-receipt.js';
import { makeStatement } from './make-statement.js';

const TEXT_SUFFIX = '.tlog-proof';
const RECEIPT_ID = /^rcp_([0-9a-f]{32})$/;
const PAGE = { default: 25, most: 100 };
/** A head is published every second. */
const UNPUBLISHED_RETRY_SECONDS = 2;

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
    const asText = name.endsWith(TEXT_SUFFIX) || prefersText(request.headers.accept);
    const receiptId = name.endsWith(TEXT_SUFFIX) ? name.slice(0, -TEXT_SUFFIX.length) : name;
    const recordKey = RECEIPT_ID.exec(receiptId)?.[1];
    if (recordKey === undefined) {
      throw invalid([{ path: 'receiptId', message: 'must be rcp_ and 32 hexadecimal digits' }]);
    }
    const { receipt, seal, traceId } = await orUnavailable(() =>
      makeReceipt(this.reads, environmentId, recordKey),
    );
    const state = receiptState(receipt);
    if (asText) {
      if (state !== 'published') throw notPublished(state);
      reply
        .type('text/plain; charset=utf-8')
        .header('content-disposition', `attachment; filename="${receiptId}${TEXT_SUFFIX}"`)
        .send(formatReceiptProof(receipt));
      return;
    }
    const data = {
      receiptId,
      recordId: receipt.content.recordId,
      customerId: receipt.content.customerId,
      receiptState: state,
      ...(seal !== undefined && { checkpointId: formatCheckpointId(seal), logIndex: seal.logIndex }),
      ...(receipt.seal !== undefined && { proofRoot: receipt.seal.root, origin: receipt.seal.origin }),
      traceId,
      receipt,
    };
    reply.send({ success: true, data });
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
      const of = await this.findCustomer(request, id);
      return { customerId: of.customerId, receipts: await listReceipts(this.reads.pool, of, limit) };
    });
    return { success: true, data };
  }

  private async statement(request: FastifyRequest, id: string, query: unknown) {
    const currentPeriod = periodOf(this.reads.now());
    const asked = chooseScope(parseQuery(scopeParams, query), currentPeriod);
    const scope = asked?.kind === 'window' || asked?.kind === 'period' ? asked : undefined;
    const data = await orUnavailable(async () => {
      const of = await this.findCustomer(request, id);
      const made = await this.reads.large.run(() =>
        makeStatement(this.reads, of, scope ?? { kind: 'period', period: currentPeriod }),
      );
      return formatInvoiceProof(made, this.reads.now());
    });
    return { success: true, data };
  }

  private async findCustomer(request: FastifyRequest, id: string) {
    const { environmentId } = principalOf(request);
    const customerId = parseCustomerId(id);
    const lane = this.reads.laneOf(environmentId, customerId);
    const { value, position } = await this.reads.ofLane(lane, 'strong', () =>
      readCustomer(this.reads.pool, { lane, environmentId, customerId }),
    );
    const { customer } = value;
    if (customer === undefined) throw unknownCustomer(customerId, 'strong', position);
    return { environmentId, customerId, customer };
  }
}

function prefersText(accept: string | undefined): boolean {
  return accept?.split(',', 1)[0]?.trim().startsWith('text/plain') === true;
}

function notPublished(state: string): ApiError {
  const message = `the receipt is ${state}: only a published one has a proof in the log; ask for JSON, or again`;
  return new ApiError('NOT_FOUND', message, { retryAfterSeconds: UNPUBLISHED_RETRY_SECONDS });
}
