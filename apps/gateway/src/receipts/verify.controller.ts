import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { choiceParam, integerParam, parseQuery } from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';
import { formatInvoiceProof } from './format-invoice-proof.js';
import { parseRoot } from './parse-root.js';
import { type Asked, PublicVerify } from './public-verify.js';
import { parseReceiptName, sendReceipt } from './send-receipt.js';

const PAGE = { default: 100, most: 1_000 };

export const verifyParams = z.object({
  source: choiceParam('db', 'chain', 'both').meta({
    description: 'There is one log, and it is asked; the words are taken for clients that send them.',
  }),
  limit: integerParam(1, PAGE.most),
  cursor: integerParam(0, Number.MAX_SAFE_INTEGER).meta({ description: 'The page before ended with it.' }),
});

/** Public, without a key: whoever holds a root may ask, from a browser, too. */
@Controller('api/v1/verify')
export class VerifyController {
  constructor(private readonly verifier: PublicVerify) {}

  @Get(':proofRoot')
  async verify(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { limit = PAGE.default, cursor } = parseQuery(verifyParams, query);
    const asked = parseAsked(request);
    const data = await orUnavailable(() => this.verifier.verify(asked, { limit, cursor }));
    sendTo(reply).send({ success: true, data });
  }

  @Get(':proofRoot/statement')
  async statement(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const made = await orUnavailable(() => this.verifier.state(parseAsked(request)));
    sendTo(reply).send({ success: true, data: formatInvoiceProof(made, Date.now()) });
  }

  @Get(':proofRoot/receipts/:receiptId')
  async receipt(
    @Req() request: FastifyRequest,
    @Param('receiptId') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = parseReceiptName(name, request.headers.accept);
    const made = await orUnavailable(() => this.verifier.receipt(parseAsked(request), asked.recordKey));
    sendReceipt(sendTo(reply), asked, made);
  }
}

function parseAsked({ headers, params }: FastifyRequest): Asked {
  const { proofRoot } = params as { readonly proofRoot: string };
  return { root: parseRoot(proofRoot), authorization: headers.authorization };
}

/** Any page may read it, and no cache may keep for one what was shown to another. */
function sendTo(reply: FastifyReply): FastifyReply {
  return reply
    .header('access-control-allow-origin', '*')
    .header('cache-control', 'no-store')
    .header('vary', 'authorization');
}

/** What a browser asks before it sends an access token from another site's page. */
export function allowOtherSites(fastify: FastifyInstance): void {
  fastify.options('/api/v1/verify/*', (_request, reply) =>
    reply
      .code(204)
      .header('access-control-allow-origin', '*')
      .header('access-control-allow-methods', 'GET')
      .header('access-control-allow-headers', 'authorization')
      .header('access-control-max-age', '86400')
      .send(),
  );
}
