import { Readable } from 'node:stream';
import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { letFinish, spanContextOf } from '@pacspace/http';
import { runInSpan } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerBatch } from './answer-batch.js';
import { MAX_BATCH_BYTES } from './batch-limits.js';
import { openBatch } from './batch-source.js';
import { emitBatch } from './emit-batch.js';
import { Ingest } from './ingest.js';
import { readIdempotencyKey } from './read-item.js';

@Controller('api/v1/balance/delta')
export class EmitBatchController {
  constructor(private readonly ingest: Ingest) {}

  @Post('batch')
  @RouteConfig({
    bodyBytes: MAX_BATCH_BYTES,
    mediaTypes: ['application/x-ndjson', 'application/cloudevents-batch+json'],
  })
  async emit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const failedOnly = readListing(request.query);
    const source = openBatch(request, readIdempotencyKey(request.headers['idempotency-key']));
    const admitted = this.ingest.admit(source, request, reply);
    const leave = await this.ingest.enterBatch();
    reply.raw.once('close', leave);
    const pieces = this.ingest.untilStopped(admitted);
    const options = { origin: this.ingest.originOf(request), failedOnly };
    const answers = emitBatch(this.ingest.batchParts, { ...source, pieces }, options);
    const { logger } = this.ingest;
    const answer = await answerBatch(answers, (error) => {
      runInSpan(spanContextOf(request), () => logger.error({ err: error }, 'a batch broke off'));
    });
    // A batch that broke off is answered before its body has ended.
    reply.raw.once('finish', () => letFinish(request, reply, this.ingest.lingerMs));
    reply.code(201).type('application/json; charset=utf-8');
    await reply.send(Readable.from(answer, { objectMode: false }));
  }
}

/** `?results=failed` (ours): a producer of millions of lines wants to hear of the bad ones only. */
function readListing(query: unknown): boolean {
  const { results = 'all' } = query as { results?: unknown };
  if (results === 'all' || results === 'failed') return results === 'failed';
  throw new ApiError('VALIDATION_FAILED', 'results must be all or failed', {
    fields: [{ path: 'results', message: 'must be all or failed' }],
  });
}
