import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, NatsContext, Payload } from '@nestjs/microservices';
import { headerOf } from '@pacspace/bus';
import { type Logger, parseTraceparent, SpanKind, withSpan } from '@pacspace/service';
import {
  type ApiError,
  type BalancesReply,
  balancesRequest,
  COMPARE_BALANCES,
  type CompareRefused,
  HEADER_TRACEPARENT,
} from '@pacspace/wire';
import { compareBalances } from './balances/compare-balances.js';
import type { CompareTools } from './compare-tools.js';
import type { ComparerMetrics } from './comparer-metrics.js';
import { toApiError } from './to-api-error.js';

export const COMPARE_TOOLS = Symbol('compare tools');

export interface ControllerTools extends CompareTools {
  readonly logger: Logger;
  readonly metrics: ComparerMetrics;
}

@Controller()
export class CompareController {
  constructor(@Inject(COMPARE_TOOLS) private readonly tools: ControllerTools) {}

  @MessagePattern(COMPARE_BALANCES)
  async balances(@Payload() payload: unknown, @Ctx() context: NatsContext): Promise<BalancesReply> {
    const parsed = balancesRequest.safeParse(payload);
    if (!parsed.success) return { ok: false, code: 'VALIDATION_FAILED', message: parsed.error.message };
    const stop = this.tools.metrics.balancesSeconds.startTimer();
    const reply = await this.inSpan('compare balances', context, async () => ({
      ok: true as const,
      report: await compareBalances(this.tools, parsed.data),
    }));
    stop();
    this.tools.metrics.comparisons.inc({ kind: 'balances', outcome: reply.ok ? 'done' : reply.code });
    return reply;
  }

  private async inSpan<T>(
    name: string,
    context: NatsContext,
    work: () => Promise<T>,
  ): Promise<T | CompareRefused> {
    const parent = parseTraceparent(headerOf(context, HEADER_TRACEPARENT));
    const options = { kind: SpanKind.SERVER, ...(parent !== undefined && { parent }) };
    return await withSpan(name, options, async () => {
      try {
        return await work();
      } catch (error) {
        return this.refuse(toApiError(error));
      }
    });
  }

  private refuse(error: ApiError): CompareRefused {
    if (error.code === 'INTERNAL')
      this.tools.logger.error({ err: error.cause ?? error }, 'a comparison failed');
    const { code, message, retryAfterSeconds } = error;
    return { ok: false, code, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  }
}
