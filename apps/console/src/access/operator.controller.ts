import { Body, Controller, Get, Param, Post, Query, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { parseFields } from '@pacspace/http';
import { ApiError } from '@pacspace/wire';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { operatorActor, recordAudit } from '../audit/record-audit.js';
import { ConsoleTools } from '../console-tools.js';
import { integerField } from '../http/fields.js';
import { AccessRequest, Mail, Tenant } from '../store/entities.js';
import { approveAccess, denyAccess } from './decide-access.js';

const listQuery = z.object({
  state: z.enum(['pending', 'approved', 'denied', 'registered']).optional(),
  limit: integerField(1, 1_000).default(100),
});
const mailQuery = z.object({ to: z.string().max(254).optional(), limit: integerField(1, 1_000).default(20) });
const approveBody = z.object({ plan: z.string().max(40).default('free') });
const planBody = z.object({ plan: z.string().max(40) });

const OPERATOR = { access: 'operator' } as const;

/** What whoever runs the deployment decides. Behind the operator token, and not under the public /dashboard. */
@Controller('operator')
export class OperatorController {
  constructor(private readonly tools: ConsoleTools) {}

  @Get('access-requests')
  @RouteConfig(OPERATOR)
  async list(@Query() query: unknown) {
    const { state, limit } = parseFields(listQuery, query);
    const items = await this.tools.store.manager.find(AccessRequest, {
      ...(state !== undefined && { where: { state } }),
      order: { createdAt: 'ASC' },
      take: limit,
    });
    return { success: true, data: { items: items.map(formatRequest) } };
  }

  @Post('access-requests/:which/approve')
  @RouteConfig(OPERATOR)
  async approve(@Req() request: FastifyRequest, @Param('which') which: string, @Body() body: unknown) {
    const { plan } = parseFields(approveBody, body ?? {});
    const approval = await approveAccess(this.tools, which, { plan, actor: operatorActor(request) });
    const { approvalToken, expiresAt } = approval;
    return { success: true, data: { ...formatRequest(approval.request), approvalToken, expiresAt } };
  }

  @Post('access-requests/:which/deny')
  @RouteConfig(OPERATOR)
  async deny(@Req() request: FastifyRequest, @Param('which') which: string) {
    const denied = await denyAccess(this.tools, which, operatorActor(request));
    return { success: true, data: formatRequest(denied) };
  }

  /** The latest mails: their texts only where there is no mail server. */
  @Get('mails')
  @RouteConfig(OPERATOR)
  async mails(@Query() query: unknown) {
    const { to, limit } = parseFields(mailQuery, query);
    const items = await this.tools.store.manager.find(Mail, {
      ...(to !== undefined && { where: { recipient: to.trim().toLowerCase() } }),
      order: { number: 'DESC' },
      take: limit,
    });
    const shaped = items.map(({ number, kind, recipient, outcome, attempts, failure, shown, createdAt }) => ({
      ...{ id: number, kind, recipient, deliveryState: outcome ?? 'waiting', attempts, failure, text: shown },
      createdAt,
    }));
    return { success: true, data: { items: shaped } };
  }

  @Post('tenants/:id/plan')
  @RouteConfig(OPERATOR)
  async setPlan(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const { plan } = parseFields(planBody, body);
    const { store, plans, keysChanged } = this.tools;
    if (!plans.has(plan)) throw new ApiError('VALIDATION_FAILED', `there is no plan ${JSON.stringify(plan)}`);
    await store.transaction(async (manager) => {
      const tenant = await manager.findOneBy(Tenant, { id });
      if (tenant === null) throw new ApiError('NOT_FOUND', 'there is no such tenant');
      await manager.update(Tenant, { id }, { plan });
      await recordAudit(manager, operatorActor(request), {
        action: 'plan.change',
        tenantId: id,
        target: id,
        detail: { from: tenant.plan, to: plan },
      });
    });
    keysChanged();
    return { success: true, data: { tenantId: id, plan } };
  }
}

function formatRequest(request: AccessRequest): object {
  const { id, email, name, organization, buyerMode, useCase, state, plan, askedTimes } = request;
  const { createdAt, decidedAt } = request;
  return { id, email, name, organization, buyerMode, useCase, state, plan, askedTimes, createdAt, decidedAt };
}
