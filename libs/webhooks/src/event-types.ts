/** What can be heard of (docs/webhooks.md says when each is told, and what is in it). */
export const EVENT_TYPES = [
  'delta.verified',
  'delta.failed',
  'checkpoint.verified',
  'receipt.generated',
  'customer.created',
  'customer.compare_run',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Sent on demand alone, to one endpoint, whatever that listens to. */
export const TEST_EVENT = 'webhook.test';

/** Whether an endpoint that listens to `events` (empty: all) hears of this type. */
export function listensTo(events: readonly string[], type: string): boolean {
  return events.length === 0 || events.includes(type);
}

/** The public id of an event; its key is 32 hex digits. */
export const eventIdOf = (eventKey: string): string => `evt_${eventKey}`;

const EVENT_ID = /^evt_([0-9a-f]{32})$/;

/** Undefined for what is no event's id. */
export function parseEventId(id: string): string | undefined {
  return EVENT_ID.exec(id)?.[1];
}
