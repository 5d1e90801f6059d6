import { formatTime } from '@pacspace/domain';
import { eventIdOf } from './event-types.js';

export interface EventParts {
  /** 32 hex digits. */
  readonly eventKey: string;
  readonly type: string;
  readonly tenantId: string;
  readonly environmentId: string;
  /** When it became true. */
  readonly createdAtMs: number;
  /** Place among the customer's events; undefined where it is about no customer. */
  readonly sequence: number | undefined;
  readonly data: object;
}

/** The text that is sent, signed and kept: both descriptions of the body's members find theirs. */
export function composeBody(parts: EventParts): string {
  const { eventKey, type, tenantId, environmentId, createdAtMs, sequence, data } = parts;
  const at = formatTime(createdAtMs);
  return JSON.stringify({
    id: eventIdOf(eventKey),
    event: type,
    type,
    tenantId,
    environmentId,
    timestamp: at,
    createdAt: at,
    ...(sequence !== undefined && { customerSequence: sequence }),
    data,
  });
}
