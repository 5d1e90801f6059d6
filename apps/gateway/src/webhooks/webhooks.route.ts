import { count, customerId, declareRoute, time } from '@pacspace/openapi';
import { EVENT_TYPES, TEST_EVENT } from '@pacspace/webhooks';
import { z } from 'zod';
import { deliveryLogParams } from './webhooks.controller.js';

const eventId = () =>
  z
    .string()
    .regex(/^evt_[0-9a-f]{32}$/)
    .meta({ description: 'The event; the same however often it is delivered.' });

const delivery = z
  .object({
    eventId: eventId(),
    event: z.enum([...EVENT_TYPES, TEST_EVENT]),
    endpointId: z.string().meta({ description: 'The webhook that it went to.' }),
    customerId: customerId().optional(),
    customerSequence: count('Place among the customer’s events, from 1.').optional(),
    deliveryState: z.enum(['pending', 'delivered', 'failed']).meta({
      description: 'failed: given up; it can be sent again.',
    }),
    createdAt: time('When what it tells of became true.'),
    finishedAt: time('When it was delivered or given up.').optional(),
    nextAttemptAt: time('When it is tried next.').optional(),
    attempts: count('Tries that the log has.'),
    tries: z
      .array(
        z.object({
          at: time('When it began.'),
          durationMs: count('How long it took.'),
          responseCode: z.int().optional(),
          error: z.string().optional(),
          response: z.string().meta({ description: 'The beginning of the answer’s body.' }).optional(),
        }),
      )
      .meta({ description: 'The latest last.' }),
    request: z.object({
      method: z.literal('POST'),
      url: z.string(),
      body: z.string().meta({ description: 'The very text that is sent.' }),
    }),
  })
  .meta({ id: 'Delivery', description: 'One event on its way to one webhook.' });

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
      data: z
        .object({
          deliveries: z.array(delivery),
          pagination: z.object({
            limit: count('On a page.'),
            offset: count('Before it.'),
            hasMore: z.boolean(),
          }),
        })
        .meta({ id: 'DeliveryLog' }),
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
          deliveries: z.array(delivery),
        })
        .meta({ id: 'RetriedEvent' }),
    },
  },
  refusals: ['NOT_FOUND', 'STATE_CONFLICT'],
});
