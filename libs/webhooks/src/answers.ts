import { count, customerId, time, uncountedPagination } from '@pacspace/openapi';
import { z } from 'zod';
import { EVENT_TYPES, TEST_EVENT } from './event-types.js';

/** What both APIs answer with, as the OpenAPI document has it. */

export const eventId = () =>
  z
    .string()
    .regex(/^evt_[0-9a-f]{32}$/)
    .meta({ description: 'The event; the same however often it is delivered.' });

export const deliveryAnswer = z
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

export const deliveryLogAnswer = z
  .object({
    deliveries: z.array(deliveryAnswer),
    pagination: uncountedPagination(),
  })
  .meta({ id: 'DeliveryLog' });

export const endpointMembers = {
  id: z.string().regex(/^whk_[0-9a-f]{24}$/),
  url: z.string(),
  description: z.string(),
  events: z.array(z.enum(EVENT_TYPES)).meta({ description: 'What it hears of.' }),
  ordered: z.boolean().meta({ description: 'A customer’s events one after the other.' }),
  enabled: z.boolean(),
  disabledReason: z
    .enum(['operator', 'failing', 'gone'])
    .meta({ description: 'Its owner’s wish; nothing has succeeded for days; it answered 410.' })
    .optional(),
  disabledAt: time('Since when it is off.').optional(),
  createdAt: time('When it was made.'),
  updatedAt: time('When it was last changed.'),
  lastTriggered: time('When something was last sent.').nullable(),
  successCount: count('Tries that were answered with 2xx.'),
  failureCount: count('Other tries.'),
  failingSince: time('When the failures began that have not ended.').optional(),
  previousSecretValidUntil: time('Until then the previous secret signs, too.').optional(),
};
