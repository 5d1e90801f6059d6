import { DELTAS_STREAM, deltasSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';

/**
 * How many envelopes each lane holds by now, whichever gateway put them there: the stream's own count. A read that
 * asks after its caller's emit was acknowledged therefore sees at least that emit. Lanes never lose a message
 * (openDeltaLog), so the count equals the number of envelopes ever stored, which is what the ledger counts too.
 *
 * @throws LogError UNAVAILABLE
 */
export async function countEnvelopes(log: DeltaLog): Promise<number[]> {
  try {
    const info = await log.manager.streams.info(DELTAS_STREAM, { subjects_filter: 'deltas.*' });
    const counts = info.state.subjects ?? {};
    return Array.from({ length: log.lanes }, (_, lane) => counts[deltasSubject(lane)] ?? 0);
  } catch (cause) {
    throw new LogError('UNAVAILABLE', `the log does not answer: ${String(cause)}`, { cause });
  }
}
