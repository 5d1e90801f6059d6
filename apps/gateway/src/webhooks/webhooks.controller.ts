import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { type DeliveryTools, listLog, retryEvent, WEBHOOK_LIMITS } from '@pacspace/webhooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../auth/principal.js';
import { GatewayResources } from '../gateway-resources.js';
import { choiceParam, integerParam, parseQuery } from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';

export const deliveryLogParams = z.object({
  deliveryState: choiceParam('pending', 'delivered', 'failed'),
  limit: integerParam(1, WEBHOOK_LIMITS.page),
  offset: integerParam(0, WEBHOOK_LIMITS.offset),
});

/** What became of the environment's events, for whoever holds a key; endpoints are managed in the dashboard. */
@Controller('api/v1/balance/webhooks')
export class WebhooksController {
  private readonly tools: DeliveryTools;

  constructor({ pool }: GatewayResources) {
    this.tools = { pool, now: Date.now };
  }

  @Get()
  async log(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { environmentId } = principalOf(request);
    const {
      deliveryState,
      limit = WEBHOOK_LIMITS.pageDefault,
      offset = 0,
    } = parseQuery(deliveryLogParams, query);
    const data = await orUnavailable(() =>
      listLog(this.tools, environmentId, { deliveryState, limit, offset }),
    );
    return { success: true, data };
  }

  @Post(':eventId/retry')
  async retry(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('eventId') eventId: string,
  ): Promise<void> {
    const { environmentId } = principalOf(request);
    const data = await orUnavailable(() => retryEvent(this.tools, environmentId, { eventId }));
    reply.code(201).send({ success: true, data });
  }
}
