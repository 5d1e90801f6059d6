import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, NatsContext, Payload } from '@nestjs/microservices';
import { headerOf } from '@pacspace/bus';
import { type Logger, parseTraceparent, SpanKind, withSpan } from '@pacspace/service';
import {
  CHECKPOINT_CREATE,
  type CheckpointReply,
  type CheckpointRequest,
  checkpointRequest,
  HEADER_TRACEPARENT,
} from '@pacspace/wire';
import type { CheckpointerMetrics } from './checkpointer-metrics.js';
import { type CheckpointTools, createCheckpoint } from './create-checkpoint.js';
import { Refused } from './refused.js';

export const CHECKPOINT_TOOLS = Symbol('checkpoint tools');

export interface ControllerTools extends CheckpointTools {
  readonly logger: Logger;
  readonly metrics: CheckpointerMetrics;
}

@Controller()
export class CheckpointsController {
  constructor(@Inject(CHECKPOINT_TOOLS) private readonly tools: ControllerTools) {}

  @MessagePattern(CHECKPOINT_CREATE)
  async create(@Payload() payload: unknown, @Ctx() context: NatsContext): Promise<CheckpointReply> {
    const parsed = checkpointRequest.safeParse(payload);
    if (!parsed.success) return { ok: false, code: 'VALIDATION_FAILED', message: parsed.error.message };
    const parent = parseTraceparent(headerOf(context, HEADER_TRACEPARENT));
    const options = {
      kind: SpanKind.SERVER,
      attributes: { 'rpc.system': 'nats', 'rpc.method': CHECKPOINT_CREATE },
      ...(parent !== undefined && { parent }),
    };
    return await withSpan(CHECKPOINT_CREATE, options, () => this.answer(parsed.data));
  }

  private async answer(request: CheckpointRequest): Promise<CheckpointReply> {
    const { metrics, logger } = this.tools;
    const scope = `${request.scope.kind}${request.customerId === undefined ? ' of all' : ''}`;
    const stop = metrics.checkpointSeconds.startTimer({ scope });
    try {
      const { answer, replayed } = await createCheckpoint(this.tools, request);
      metrics.checkpoints.inc({ scope, outcome: 'made' });
      return { ok: true, answer, replayed };
    } catch (error) {
      const refused =
        error instanceof Refused
          ? error
          : new Refused('INTERNAL', 'something went wrong here; it has been logged', { cause: error });
      if (refused.code === 'INTERNAL') logger.error({ err: refused.cause ?? refused }, 'a checkpoint failed');
      metrics.checkpoints.inc({ scope, outcome: refused.code });
      const { code, message, retryAfterSeconds } = refused;
      return { ok: false, code, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
    } finally {
      stop();
    }
  }
}
