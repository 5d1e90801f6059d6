import { formatTime } from '@pacspace/domain';
import type { TalliedEndpoint } from '@pacspace/ledger';
import { EVENT_TYPES } from './event-types.js';

/** An endpoint as it is answered: never with its secret. */
export function formatEndpoint(endpoint: TalliedEndpoint) {
  const { disabledReason, disabledAtMs, previousUntilMs, lastAttemptMs, failingSinceMs } = endpoint;
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events.length === 0 ? [...EVENT_TYPES] : endpoint.events,
    ordered: endpoint.ordered,
    enabled: endpoint.enabled,
    ...(disabledReason !== undefined && { disabledReason }),
    ...(disabledAtMs !== undefined && { disabledAt: formatTime(disabledAtMs) }),
    createdAt: formatTime(endpoint.createdAtMs),
    updatedAt: formatTime(endpoint.updatedAtMs),
    lastTriggered: lastAttemptMs === undefined ? null : formatTime(lastAttemptMs),
    successCount: endpoint.succeeded,
    failureCount: endpoint.failed,
    ...(failingSinceMs !== undefined && { failingSince: formatTime(failingSinceMs) }),
    ...(previousUntilMs !== undefined && { previousSecretValidUntil: formatTime(previousUntilMs) }),
  };
}
