import { DELTAS_STREAM, deltasSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';

export interface NextEnvelope {
  readonly sequence: number;
  /** The log's own clock. */
  readonly recordedAtMs: number;
  readonly payload: string;
}

/**
 * The lane's first envelope after a log sequence: the oldest that a ledger at that watermark lacks. Undefined: it lacks
 * none.
 *
 * @throws LogError UNAVAILABLE
 */
export async function findNextEnvelope(
  log: DeltaLog,
  lane: number,
  afterSequence: number,
): Promise<NextEnvelope | undefined> {
  try {
    const message = await log.manager.direct.getMessage(DELTAS_STREAM, {
      seq: afterSequence + 1,
      next_by_subj: deltasSubject(lane),
    });
    return message === null
      ? undefined
      : { sequence: message.seq, recordedAtMs: message.time.getTime(), payload: message.string() };
  } catch (cause) {
    throw new LogError('UNAVAILABLE', `the log does not answer: ${String(cause)}`, { cause });
  }
}
