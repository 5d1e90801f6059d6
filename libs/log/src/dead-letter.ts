import { headers } from '@nats-io/transport-node';
import { HEADER_DEAD_REASON, HEADER_DEAD_SEQUENCE, deadLettersSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import type { LoggedMessage } from './lane-reader.js';
import { toPublishError } from './publish-error.js';

export interface DeadLetter {
  readonly lane: number;
  readonly message: LoggedMessage;
  readonly reason: string;
}

/**
 * Puts a message that nobody can process aside, with the reason, so that its lane goes on. The id makes a repeat
 * (the turn was rolled back and done again) harmless.
 *
 * @throws LogError UNAVAILABLE
 */
export async function publishDeadLetter(log: DeltaLog, { lane, message, reason }: DeadLetter): Promise<void> {
  const map = headers();
  map.set(HEADER_DEAD_REASON, reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 500));
  map.set(HEADER_DEAD_SEQUENCE, String(message.sequence));
  try {
    await log.client.publish(deadLettersSubject(lane), message.payload, {
      msgID: `dead-${lane}-${message.sequence}`,
      headers: map,
    });
  } catch (cause) {
    throw toPublishError(log, 'the dead letter', cause);
  }
}
