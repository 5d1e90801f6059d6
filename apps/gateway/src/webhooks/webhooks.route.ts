import { count, declareRoute } from '@pacspace/openapi';
import { deliveryAnswer, deliveryLogAnswer, eventId } from '@pacspace/webhooks';
import { z } from 'zod';
import { deliveryLogParams } from './webhooks.controller.js';

export const deliveryLogRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/webhooks',
  operationId: 'listDeliveries',
  tag: 'Webhooks',
  summary: 'The log of deliveries, the latest first',
  access: 'key',
  query: deliveryLogParams,
  answers: {
    200: {
      description: 'One page',
      data: deliveryLogAnswer,
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: { query: { limit: '10' } },
});

export const retryDeliveryRoute = declareRoute({
  method: 'post',
  path: '/api/v1/balance/webhooks/{eventId}/retry',
  operationId: 'retryDelivery',
  tag: 'Webhooks',
  summary: 'Send an event again, now, to every enabled webhook that it went to',
  access: 'key',
  params: z.object({ eventId: z.string().meta({ description: 'evt_ and 32 hexadecimal digits.' }) }),
  answers: {
    201: {
      description: 'It is on its way',
      data: z
        .object({
          eventId: eventId(),
          queued: count('Deliveries that begin anew.'),
          deliveries: z.array(deliveryAnswer),
        })
        .meta({ id: 'RetriedEvent' }),
    },
  },
  refusals: ['NOT_FOUND', 'STATE_CONFLICT'],
});
