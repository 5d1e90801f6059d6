import { Controller, Get, Query, Req } from '@nestjs/common';
import { formatPeriod, type Period, parsePeriod, periodOf } from '@pacspace/domain';
import { parseFields } from '@pacspace/http';
import { countUsage } from '@pacspace/ledger';
import { planOf } from '@pacspace/wire';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import { Environment } from '../store/entities.js';

export const usageQuery = z.object({
  period: z
    .string()
    .transform((text, context): Period => {
      const period = parsePeriod(text);
      if (period !== undefined) return period;
      context.addIssue({ code: 'custom', message: 'must be a month, such as 2026-11' });
      return z.NEVER;
    })
    .meta({ override: { type: 'string', pattern: '^\\d{4}-\\d{2}$' } })
    .optional(),
});

/** What a tenant may record, and what it has: as the ledger counts it, and the gateways enforce it. */
@Controller('dashboard/billing')
export class BillingController {
  constructor(private readonly tools: ConsoleTools) {}

  @Get('plan')
  plan(@Req() request: FastifyRequest) {
    const { plan } = memberOf(request);
    const { deltas, rate } = planOf(this.tools.plans, plan);
    return {
      success: true,
      data: {
        plan,
        period: 'month',
        sandbox: { allowed: deltas.test },
        production: { allowed: deltas.live },
        rate,
      },
    };
  }

  @Get('usage')
  async usage(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { period = periodOf(Date.now()) } = parseFields(usageQuery, query);
    const { tenantId, plan } = memberOf(request);
    const { deltas } = planOf(this.tools.plans, plan);
    const [test, live] = await Promise.all([
      this.count(tenantId, 'test', period),
      this.count(tenantId, 'live', period),
    ]);
    return {
      success: true,
      data: {
        period: formatPeriod(period),
        plan,
        sandbox: holdAgainst(deltas.test, test),
        production: holdAgainst(deltas.live, live),
        consumed: test + live,
      },
    };
  }

  private async count(tenantId: string, kind: Environment['kind'], period: Period): Promise<number> {
    const environment = await this.tools.store.manager.findOneBy(Environment, { tenantId, kind });
    return environment === null ? 0 : await countUsage(this.tools.ledger, environment.id, period);
  }
}

function holdAgainst(allowed: number | null, consumed: number) {
  return { consumed, allowed, remaining: allowed === null ? null : Math.max(0, allowed - consumed) };
}
