import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { parseFields } from '@pacspace/http';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  endpointChange,
  endpointInput,
  getEndpoint,
  listEndpoints,
  listLog,
  replay,
  replayInput,
  rotateSecret,
  testEndpoint,
  WEBHOOK_LIMITS,
} from '@pacspace/webhooks';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { byMember } from '../audit/record-audit.js';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import { integerField, pageFields } from '../http/fields.js';
import { audited, ownerOf, ownerOfWebhook, webhookTools } from './tenant-webhooks.js';

const environment = z.enum(['test', 'live']).default('test');

export const createBody = endpointInput.extend({ environment });
export const webhooksQuery = z.object({ environment, ...pageFields });
export const deliveriesQuery = z.object({
  deliveryState: z.enum(['pending', 'delivered', 'failed']).optional(),
  limit: integerField(1, WEBHOOK_LIMITS.page).default(WEBHOOK_LIMITS.pageDefault),
  offset: integerField(0, WEBHOOK_LIMITS.offset).default(0),
});

const SHOWN_ONCE = 'The secret is shown this once: keep it.';

/** Who is told of what: by members; what changes something needs the role admin. */
@Controller('dashboard/webhooks')
export class WebhooksController {
  constructor(private readonly tools: ConsoleTools) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { environment: kind, ...input } = parseFields(createBody, body);
    const owner = await ownerOf(this.tools, memberOf(request).tenantId, kind);
    const data = await audited(this.tools, byMember(request), {
      action: 'create',
      act: () => createEndpoint(webhookTools(this.tools), owner, input),
      target: ({ id }) => id,
      detail: { environment: kind, ...input },
    });
    return { success: true, data: { ...data, environment: kind }, message: SHOWN_ONCE };
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { environment: kind, page, limit } = parseFields(webhooksQuery, query);
    const { environmentId } = await ownerOf(this.tools, memberOf(request).tenantId, kind);
    const offset = (page - 1) * limit;
    const { webhooks, pagination } = await listEndpoints(webhookTools(this.tools), environmentId, {
      limit,
      offset,
    });
    return {
      success: true,
      data: {
        webhooks: webhooks.map((webhook) => ({ ...webhook, environment: kind })),
        pagination: { page, limit, total: pagination.total },
      },
    };
  }

  @Get(':id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string) {
    const { environmentId, kind } = await this.ownerOfWebhook(request, id);
    const data = await getEndpoint(webhookTools(this.tools), environmentId, id);
    return { success: true, data: { ...data, environment: kind } };
  }

  @Patch(':id')
  async change(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const change = parseFields(endpointChange, body);
    const { environmentId, kind } = await this.ownerOfWebhook(request, id);
    const data = await audited(this.tools, byMember(request), {
      action: 'change',
      act: () => changeEndpoint(webhookTools(this.tools), { environmentId, id }, change),
      target: () => id,
      detail: change,
    });
    return { success: true, data: { ...data, environment: kind } };
  }

  @Delete(':id')
  @HttpCode(200)
  async delete(@Req() request: FastifyRequest, @Param('id') id: string) {
    const { environmentId } = await this.ownerOfWebhook(request, id);
    await audited(this.tools, byMember(request), {
      action: 'delete',
      act: () => deleteEndpoint(webhookTools(this.tools), environmentId, id),
      target: () => id,
    });
    return { success: true, data: { id, deleted: true } };
  }

  @Post(':id/test')
  async test(@Req() request: FastifyRequest, @Param('id') id: string) {
    const { environmentId } = await this.ownerOfWebhook(request, id);
    return { success: true, data: await testEndpoint(webhookTools(this.tools), environmentId, id) };
  }

  @Post(':id/rotate-secret')
  async rotateSecret(@Req() request: FastifyRequest, @Param('id') id: string) {
    const { environmentId } = await this.ownerOfWebhook(request, id);
    const data = await audited(this.tools, byMember(request), {
      action: 'rotate-secret',
      act: () => rotateSecret(webhookTools(this.tools), environmentId, id),
      target: () => id,
    });
    return { success: true, data, message: SHOWN_ONCE };
  }

  @Get(':id/deliveries')
  async deliveries(@Req() request: FastifyRequest, @Param('id') id: string, @Query() query: unknown) {
    const page = parseFields(deliveriesQuery, query);
    const { environmentId } = await this.ownerOfWebhook(request, id);
    return { success: true, data: await listLog(webhookTools(this.tools), environmentId, { ...page, id }) };
  }

  @Post(':id/replay')
  async replay(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const input = parseFields(replayInput, body);
    const { environmentId } = await this.ownerOfWebhook(request, id);
    const data = await audited(this.tools, byMember(request), {
      action: 'replay',
      act: () => replay(webhookTools(this.tools), { environmentId, id }, input),
      target: () => id,
      detail: input,
    });
    return { success: true, data };
  }

  private ownerOfWebhook(request: FastifyRequest, id: string) {
    return ownerOfWebhook(this.tools, memberOf(request).tenantId, id);
  }
}
