import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { choiceParam, invalid, parseQuery } from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';
import { PublicVerify } from './public-verify.js';

/** There is one log, and it is asked; the words are taken for clients that send them. */
export const verifyParams = z.object({ source: choiceParam('db', 'chain', 'both') });

/** Public, without a key: whoever holds a root may ask, from a browser, too. */
@Controller('api/v1/verify')
export class VerifyController {
  constructor(private readonly verifier: PublicVerify) {}

  @Get(':proofRoot')
  async verify(
    @Param('proofRoot') text: string,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    parseQuery(verifyParams, query);
    const root = parseRoot(text);
    const data = await orUnavailable(() => this.verifier.verify(root));
    reply.header('access-control-allow-origin', '*').send({ success: true, data });
  }
}

function parseRoot(text: string): Uint8Array {
  const match = /^(?:0x)?([0-9a-f]{64})$/i.exec(text);
  if (match?.[1] !== undefined) return Buffer.from(match[1], 'hex');
  throw invalid([{ path: 'proofRoot', message: 'must be 64 hexadecimal digits' }]);
}
