import { Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { traceIdOf } from '@pacspace/http';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Flight } from './flight.js';
import { Ingest } from './ingest.js';
import type { Item } from './intake.js';
import { readCloudEvent } from './read-cloud-event.js';
import { readIdempotencyKey, readItem } from './read-item.js';
import { writeEmitAnswer } from './write-result.js';

/** How long a repeat waits for the first request with its key before it is told to come back. */
const PENDING_AFTER_MS = 2_000;
const PENDING_RETRY_SECONDS = 1;

@Controller('api/v1/balance')
export class EmitDeltaController {
  constructor(private readonly ingest: Ingest) {}

  @Post('delta')
  @RouteConfig({ mediaTypes: ['application/cloudevents+json'] })
  async emit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const item = readSingle(request, Date.now());
    if (item instanceof ApiError) {
      this.ingest.metrics.countRejected(item.code);
      throw item;
    }
    const taken = this.ingest.intake.take([item], this.ingest.originOf(request), { roomWaitMs: 0 });
    const flight = await (taken.joined.size === 0 ? taken.done : orPending(taken.done));
    if (flight === 'pending') return answerPending(reply);
    const outcome = flight.outcomeAt(0);
    const delta = flight.deltaAt(0);
    if (outcome.kind === 'refused') throw outcome.error;
    if (delta === undefined) throw new Error('a delta without identity was accepted');
    if (outcome.kind === 'replayed') reply.header('idempotency-replayed', 'true');
    const { sequence } = outcome;
    const { durability } = this.ingest;
    reply
      .code(201)
      .type('application/json; charset=utf-8')
      .send(writeEmitAnswer(delta, { sequence, durability, traceId: traceIdOf(request) }));
  }
}

/** A single emit is a new fact unless it has a key: the header's, or the body's `idempotencyKey`; not its reference. */
function readSingle(request: FastifyRequest, nowMs: number): Item | ApiError {
  const header = readIdempotencyKey(request.headers['idempotency-key']);
  const isEvent = request.headers['content-type']?.startsWith('application/cloudevents+json') === true;
  const item = isEvent ? readCloudEvent(request.body, nowMs) : readItem(request.body, nowMs);
  if (item instanceof ApiError) return item;
  const own = isEvent ? item.key : item.input.idempotencyKey;
  if (header !== undefined && own !== undefined && header !== own) {
    return new ApiError('VALIDATION_FAILED', 'the Idempotency-Key header and the body name different keys');
  }
  return { input: item.input, key: header ?? own };
}

async function orPending(done: Promise<Flight>): Promise<Flight | 'pending'> {
  let timer: NodeJS.Timeout | undefined;
  const pending = new Promise<'pending'>((resolve) => {
    timer = setTimeout(() => resolve('pending'), PENDING_AFTER_MS);
  });
  return await Promise.race([done, pending]).finally(() => clearTimeout(timer));
}

/** Neither a success nor an error: the first request with this key is still under way. */
function answerPending(reply: FastifyReply): void {
  const code = 'IDEMPOTENCY_PENDING';
  const message = 'a request with this idempotency key is still under way: ask again';
  const retryAfterSeconds = PENDING_RETRY_SECONDS;
  reply
    .code(202)
    .header('retry-after', String(retryAfterSeconds))
    .send({ success: false, code, retryAfterSeconds, error: { code, message, retryAfterSeconds } });
}
