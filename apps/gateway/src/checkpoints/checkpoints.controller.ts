import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { periodOf } from '@pacspace/domain';
import { traceparentOf } from '@pacspace/http';
import { sha256Hex } from '@pacspace/node-crypto';
import { canonicalize } from '@pacspace/proof';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../auth/principal.js';
import { readIdempotencyKey } from '../ingest/read-item.js';
import {
  choiceParam,
  customerParam,
  LIST_PAGE,
  pageParams,
  parseQuery,
  periodParam,
  timeParam,
} from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';
import { Checkpoints } from './checkpoints.js';
import { parseCheckpointBody } from './parse-checkpoint-body.js';
import { chooseScope } from './parse-scope.js';

/** 10,000 fingerprints. */
const BODY_BYTES = 1024 * 1024;
const PENDING_RETRY_SECONDS = 2;

export const listParams = z.object({
  customerId: customerParam(),
  period: periodParam(),
  timePreset: choiceParam('current_month', 'custom'),
  startDate: timeParam(),
  endDate: timeParam(),
  ...pageParams(),
});

@Controller('api/v1/balance')
export class CheckpointsController {
  constructor(private readonly checkpoints: Checkpoints) {}

  @Post('checkpoint')
  @RouteConfig({ bodyBytes: BODY_BYTES })
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { environmentId } = principalOf(request);
    const key = readIdempotencyKey(request.headers['idempotency-key']);
    const { customerId, scope } = parseCheckpointBody(request.body, this.checkpoints.now());
    const created = await orUnavailable(() =>
      this.checkpoints.create(
        {
          environmentId,
          ...(customerId !== undefined && { customerId }),
          scope,
          ...(key !== undefined && { request: hashRequest(key, request.body) }),
        },
        traceparentOf(request),
      ),
    );
    if (created.kind === 'pending') return answerPending(reply, key !== undefined);
    if (created.replayed) reply.header('idempotency-replayed', 'true');
    reply.code(201).send({ success: true, data: created.data });
  }

  @Get('checkpoints')
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { environmentId } = principalOf(request);
    const { customerId, limit = LIST_PAGE.default, offset = 0, ...scope } = parseQuery(listParams, query);
    const data = await orUnavailable(() =>
      this.checkpoints.list(environmentId, {
        customerId,
        scope: chooseScope(scope, periodOf(this.checkpoints.now())),
        limit,
        offset,
      }),
    );
    return { success: true, data };
  }
}

/** What was asked for, not what it came to mean: without a scope it is another month tomorrow, and the same request. */
function hashRequest(key: string, body: unknown) {
  return { keyHash: sha256Hex(key), bodyHash: sha256Hex(canonicalize(body ?? {})) };
}

/** It goes on being made, and the same question finds it. With an idempotency key the contract has a word for that. */
function answerPending(reply: FastifyReply, isKeyed: boolean): void {
  const message = 'the checkpoint is still being made: ask again';
  const retryAfterSeconds = PENDING_RETRY_SECONDS;
  if (!isKeyed) throw new ApiError('UNAVAILABLE', message, { retryAfterSeconds });
  const code = 'IDEMPOTENCY_PENDING';
  reply
    .code(202)
    .header('retry-after', String(retryAfterSeconds))
    .send({ success: false, code, retryAfterSeconds, error: { code, message, retryAfterSeconds } });
}
