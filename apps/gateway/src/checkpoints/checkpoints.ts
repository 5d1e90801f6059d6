import { NatsRecordBuilder } from '@nestjs/microservices';
import { headers } from '@nats-io/transport-node';
import type { RequestClient } from '@pacspace/bus';
import {
  countSeals,
  findRun,
  findSealLog,
  formatScope,
  listRunSeals,
  listSeals,
  readCustomer,
  readSeal,
  type SealQuery,
} from '@pacspace/ledger';
import {
  ApiError,
  CHECKPOINT_CREATE,
  type CheckpointReply,
  type CheckpointRequest,
  HEADER_TRACEPARENT,
} from '@pacspace/wire';
import { formatTraceparent, parseTraceparent, SpanKind, withSpan } from '@pacspace/service';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';
import type { Reads } from '../reads/reads.js';
import { formatCheckpoint, formatRun } from './format-checkpoint.js';
import type { CheckpointScope } from './parse-scope.js';

/**
 * A checkpoint of one customer takes milliseconds, as a rule: whoever has been asked and does not answer may be dead.
 * Asking another one is harmless, since the same checkpoint is made once. One of all customers takes seconds.
 */
const PATIENCE = { ofOne: { tries: 4, timeoutMs: 5_000 }, ofAll: { tries: 1, timeoutMs: 20_000 } };

/** Seals of a run that are answered with it. The others are on the pages of GET /checkpoints. */
export const RUN_PAGE = 1_000;

/** Counting a list ends here. */
const MOST_COUNTED = 100_000;

export type Created =
  | { readonly kind: 'created'; readonly data: object; readonly replayed: boolean }
  /** It is being made, and goes on: ask again. */
  | { readonly kind: 'pending' };

/** Checkpoints: made by the checkpointer, read where they are stored. */
export class Checkpoints {
  constructor(
    private readonly client: RequestClient,
    private readonly reads: Reads,
  ) {}

  now(): number {
    return this.reads.now();
  }

  /** @throws ApiError */
  async create(request: CheckpointRequest, traceparent: string): Promise<Created> {
    const reply = await this.ask(request, traceparent);
    if (reply === 'pending') return { kind: 'pending' };
    if (!reply.ok) {
      const { code, message, retryAfterSeconds } = reply;
      throw new ApiError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
    }
    const { pool } = this.reads;
    const log = await findSealLog(pool, request);
    if (log === undefined) throw new Error('a checkpoint was made in a log that is not there');
    const { answer, replayed } = reply;
    if ('logIndex' in answer) {
      const seal = await readSeal(pool, log.number, answer.logIndex);
      if (seal === undefined) throw new Error(`log ${log.number} has no seal ${answer.logIndex}`);
      return { kind: 'created', data: formatCheckpoint(seal), replayed };
    }
    const run = await findRun(pool, answer);
    if (run === undefined) throw new Error(`there is no run ${answer.runNo}`);
    const seals = await listRunSeals(pool, run.number, { limit: RUN_PAGE, offset: 0 });
    const pagination = { total: run.count, limit: RUN_PAGE, offset: 0 };
    return { kind: 'created', data: { ...formatRun(run, seals), pagination }, replayed };
  }

  private ask(request: CheckpointRequest, traceparent: string): Promise<CheckpointReply | 'pending'> {
    const parent = parseTraceparent(traceparent);
    const options = {
      kind: SpanKind.CLIENT,
      attributes: { 'rpc.system': 'nats', 'rpc.method': CHECKPOINT_CREATE },
      ...(parent !== undefined && { parent }),
    };
    return withSpan(CHECKPOINT_CREATE, options, (span) =>
      this.askOver(request, formatTraceparent(span.spanContext())),
    );
  }

  private async askOver(
    request: CheckpointRequest,
    traceparent: string,
  ): Promise<CheckpointReply | 'pending'> {
    const traced = headers();
    traced.set(HEADER_TRACEPARENT, traceparent);
    const record = new NatsRecordBuilder(request).setHeaders(traced).build();
    const { tries, timeoutMs } = request.customerId === undefined ? PATIENCE.ofAll : PATIENCE.ofOne;
    for (let left = tries; left > 0; left -= 1) {
      try {
        const reply = this.client.send<CheckpointReply>(CHECKPOINT_CREATE, record);
        return await firstValueFrom(reply.pipe(timeout(timeoutMs)));
      } catch (cause) {
        if (cause instanceof TimeoutError) continue;
        // Nobody listens, the bus is away, or the checkpointer is about to stop.
        throw new ApiError('UNAVAILABLE', 'checkpoints cannot be made now', { retryAfterSeconds: 2, cause });
      }
    }
    return 'pending';
  }

  /** The environment's checkpoints, the latest first. @throws ApiError CUSTOMER_NOT_FOUND */
  async list(
    environmentId: string,
    query: {
      readonly customerId: string | undefined;
      readonly scope: CheckpointScope | undefined;
      readonly limit: number;
      readonly offset: number;
    },
  ) {
    const { pool } = this.reads;
    const { customerId, limit, offset } = query;
    const customerNo =
      customerId === undefined ? undefined : await this.findCustomer(environmentId, customerId);
    const scope = query.scope?.kind === 'subset' ? undefined : query.scope && formatScope(query.scope);
    const log = await findSealLog(pool, { environmentId });
    const filter: SealQuery = { customerNo, scope, limit, offset };
    const seals = log === undefined ? [] : await listSeals(pool, log.number, filter);
    const total =
      log === undefined ? 0 : await countSeals(pool, log.number, { ...filter, most: MOST_COUNTED });
    return {
      checkpoints: seals.map((seal) => ({
        ...formatCheckpoint(seal),
        published: seal.logIndex < (log?.publishedSize ?? 0),
      })),
      // A longer list is not counted to its end.
      pagination: { total, limit, offset, ...(total === MOST_COUNTED && { totalIsAtLeast: true }) },
    };
  }

  private async findCustomer(environmentId: string, customerId: string): Promise<number> {
    const lane = this.reads.laneOf(environmentId, customerId);
    const { customer } = await readCustomer(this.reads.pool, { lane, environmentId, customerId });
    if (customer !== undefined) return customer.number;
    throw new ApiError('CUSTOMER_NOT_FOUND', `nothing is recorded for the customer ${customerId}`);
  }
}
