import { errors } from '@nats-io/transport-node';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';

/** What went wrong with a publish, in this package's terms. */
export function toPublishError(log: DeltaLog, what: string, cause: unknown): LogError {
  // The client checks this before it sends: the server would end the connection, and with it everybody else's work.
  if (cause instanceof errors.InvalidArgumentError && cause.message.includes('max_payload')) {
    const limit = log.connection.info?.max_payload ?? 0;
    const message = `${what} is larger than the ${limit} bytes that the server takes (max_payload)`;
    return new LogError('TOO_LARGE', message, { cause });
  }
  return new LogError('UNAVAILABLE', `the log did not take ${what}: ${String(cause)}`, { cause });
}
