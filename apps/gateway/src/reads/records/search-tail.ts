import { type DeltaLog, LogError } from '@pacspace/log';
import { DELTAS_STREAM, decodeEnvelope, deltasSubject, type EnvelopeDelta } from '@pacspace/wire';

/** A delta that is in the log and not in the ledger yet. */
export interface WaitingDelta {
  readonly delta: EnvelopeDelta;
  readonly lane: number;
  readonly sequence: number;
  /** True when its envelope is the next one that the projector folds. */
  readonly isNext: boolean;
}

export interface TailSearch {
  readonly waiting: WaitingDelta | undefined;
  /** True when everything that waits was looked through. */
  readonly complete: boolean;
}

/** Looked through in each lane: some tens of milliseconds, and far more than a projector that runs leaves waiting. */
const MAX_ENVELOPES = 64;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Looks for a delta in what each lane's log holds after the ledger's position: the log says what was accepted,
 * whichever gateway accepted it.
 *
 * @param projected the ledger's positions; a lane that is not named has not begun.
 * @throws LogError UNAVAILABLE
 */
export async function searchTail(
  log: DeltaLog,
  recordKey: string,
  projected: readonly { readonly lane: number; readonly sequence: number }[],
): Promise<TailSearch> {
  let complete = true;
  for (let lane = 0; lane < log.lanes; lane += 1) {
    const after = projected.find((position) => position.lane === lane)?.sequence ?? 0;
    const found = await searchLane(log, recordKey, { lane, after });
    if (found.waiting !== undefined) return found;
    complete &&= found.complete;
  }
  return { waiting: undefined, complete };
}

async function searchLane(
  log: DeltaLog,
  recordKey: string,
  { lane, after }: { readonly lane: number; readonly after: number },
): Promise<TailSearch> {
  let bytes = 0;
  let sequence = after;
  for (let looked = 0; looked < MAX_ENVELOPES && bytes < MAX_BYTES; looked += 1) {
    const message = await nextEnvelope(log, lane, sequence);
    if (message === null) return { waiting: undefined, complete: true };
    sequence = message.seq;
    const text = message.string();
    bytes += text.length;
    const delta = findIn(text, recordKey);
    if (delta !== undefined) {
      return { waiting: { delta, lane, sequence, isNext: looked === 0 }, complete: true };
    }
  }
  return { waiting: undefined, complete: false };
}

async function nextEnvelope(log: DeltaLog, lane: number, after: number) {
  try {
    return await log.manager.direct.getMessage(DELTAS_STREAM, {
      seq: after + 1,
      next_by_subj: deltasSubject(lane),
    });
  } catch (cause) {
    throw new LogError('UNAVAILABLE', `the log does not answer: ${String(cause)}`, { cause });
  }
}

function findIn(text: string, recordKey: string): EnvelopeDelta | undefined {
  // Searching text is a hundred times as fast as parsing it.
  if (!text.includes(recordKey)) return undefined;
  try {
    return decodeEnvelope(text).deltas.find((delta) => delta.recordKey === recordKey);
  } catch {
    // For the dead letters: the projector says so.
    return undefined;
  }
}
