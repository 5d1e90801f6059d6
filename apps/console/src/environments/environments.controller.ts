import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import { parseFields } from '@pacspace/http';
import { ApiError, planOf } from '@pacspace/wire';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { memberActor, recordAudit } from '../audit/record-audit.js';
import { insertEnvironment } from '../auth/register.js';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import { Environment, type EnvironmentKind } from '../store/entities.js';

const NAMES = { test: 'sandbox', live: 'production' } as const satisfies Record<EnvironmentKind, string>;

/** Both ways in which an environment is called. */
export const provisionBody = z.object({
  environment: z
    .enum(['test', 'live', 'sandbox', 'production'])
    .transform((name): EnvironmentKind => (name === 'test' || name === 'sandbox' ? 'test' : 'live')),
});

type State = Environment['state'] | 'not_provisioned';

@Controller('dashboard/environments')
export class EnvironmentsController {
  constructor(private readonly tools: ConsoleTools) {}

  @Get()
  async list(@Req() request: FastifyRequest) {
    const found = await this.find(memberOf(request).tenantId);
    const items = (['test', 'live'] as const).map((kind) => {
      const environment = found.get(kind);
      return {
        id: environment?.id ?? null,
        environment: kind,
        name: NAMES[kind],
        state: stateOf(environment),
        baseUrl: this.baseUrl(kind),
        createdAt: environment?.createdAt ?? null,
      };
    });
    return { success: true, data: { items, environments: items, total: items.length } };
  }

  @Get('environment-status')
  async status(@Req() request: FastifyRequest) {
    const found = await this.find(memberOf(request).tenantId);
    return {
      success: true,
      data: {
        sandbox: { state: stateOf(found.get('test')) },
        production: { state: stateOf(found.get('live')) },
      },
    };
  }

  /** Idempotent. An environment that the plan allows nothing in is not made. */
  @Post('provision')
  async provision(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { environment: kind } = parseFields(provisionBody, body);
    const member = memberOf(request);
    const { store, plans } = this.tools;
    if (planOf(plans, member.plan).deltas[kind] === 0) {
      throw new ApiError(
        'PLAN_LIMIT_EXCEEDED',
        `the plan ${member.plan} has no ${NAMES[kind]}: upgrade to a plan that does`,
      );
    }
    await store.transaction(async (manager) => {
      if (await manager.existsBy(Environment, { tenantId: member.tenantId, kind })) return;
      await insertEnvironment(manager, member.tenantId, kind);
      await recordAudit(manager, memberActor(request, member), {
        action: 'environment.provision',
        tenantId: member.tenantId,
        detail: { environment: kind },
      });
    });
    const environment = (await this.find(member.tenantId)).get(kind);
    return {
      success: true,
      data: {
        id: environment?.id,
        environment: kind,
        name: NAMES[kind],
        state: stateOf(environment),
        baseUrl: this.baseUrl(kind),
      },
    };
  }

  private baseUrl(kind: EnvironmentKind): string {
    const { PUBLIC_URL, SANDBOX_URL, PRODUCTION_URL } = this.tools.config;
    return (kind === 'test' ? SANDBOX_URL : PRODUCTION_URL) ?? PUBLIC_URL;
  }

  private async find(tenantId: string): Promise<ReadonlyMap<EnvironmentKind, Environment>> {
    const found = await this.tools.store.manager.findBy(Environment, { tenantId });
    return new Map(found.map((environment) => [environment.kind, environment]));
  }
}

function stateOf(environment: Environment | undefined): State {
  return environment?.state ?? 'not_provisioned';
}
