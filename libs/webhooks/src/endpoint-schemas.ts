import { z } from 'zod';
import { EVENT_TYPES } from './event-types.js';

const description = z.string().max(500).refine(isStorable, 'must be well-formed text without NUL');
const events = z
  .array(z.enum(EVENT_TYPES, { error: `must be one of ${EVENT_TYPES.join(', ')}` }))
  .max(EVENT_TYPES.length);

/** What makes an endpoint. The URL is looked at by checkEndpointUrl. */
export const endpointInput = z.object({
  url: z.string({ error: 'must be a URL' }),
  description: description.optional(),
  /** None, or an empty list: all. */
  events: events.optional(),
  /** A customer's events strictly one after the other. */
  ordered: z.boolean().optional(),
});

export const endpointChange = z.object({
  url: z.string({ error: 'must be a URL' }).optional(),
  description: description.optional(),
  events: events.optional(),
  ordered: z.boolean().optional(),
  enabled: z.boolean().optional(),
});

/** Which deliveries are to be sent again: one event's, or those of a range of time. */
export const replayInput = z.object({
  eventId: z
    .string()
    .regex(/^evt_[0-9a-f]{32}$/, 'must be an event id')
    .optional(),
  since: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time with its zone' }).optional(),
  until: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time with its zone' }).optional(),
  /** failed: those given up; all: the delivered ones, too. */
  only: z.enum(['failed', 'all']).optional(),
});

export type EndpointInput = z.output<typeof endpointInput>;
export type EndpointChangeInput = z.output<typeof endpointChange>;
export type ReplayInput = z.output<typeof replayInput>;

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
