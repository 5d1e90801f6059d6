import { findRecords, findRejections, readWatermark, withTransaction } from '@pacspace/ledger';
import { decodeEnvelope, EnvelopeError, type DeltaEvents, type VerifiedRun } from '@pacspace/wire';
import type { LoggedMessage } from '@pacspace/log';
import type pg from 'pg';
import type { FoldedTurn } from './fold-turn.js';

/** What a turn made known. */
export function eventsOfTurn(folded: FoldedTurn): DeltaEvents {
  const { turn, runs, failed } = folded;
  const verified: VerifiedRun[] = [];
  for (const [{ environmentId, customerId }, { firstIndex, recordKeys, created }] of runs) {
    verified.push({ environmentId, customerId, firstIndex, recordKeys, created });
  }
  return {
    v: 1,
    lane: turn.lane,
    afterSequence: turn.fromSequence,
    throughSequence: turn.after.sequence,
    verified,
    failed,
  };
}

/**
 * The events of envelopes that were folded earlier, made again from the ledger: a writer that was stopped between
 * its commit and its events leaves it to the next one to tell them.
 *
 * Read on one connection, and only from a ledger that still has all of it. A data base that crashes comes back without
 * its last commits, and its connections do not: what is told of rows that are gone would be nothing, under the very id
 * with which the turn that writes them again would tell of them, and the log takes an id once.
 *
 * @throws Error when the ledger is behind `messages`: the lane must be opened again.
 */
export async function eventsOfPast(
  pool: pg.Pool,
  lane: number,
  messages: readonly LoggedMessage[],
  afterSequence: number,
): Promise<DeltaEvents> {
  const throughSequence = messages.at(-1)?.sequence ?? afterSequence;
  const keys = messages.flatMap((message) => recordKeysOf(message));
  const { found, failed } = await withTransaction(pool, async (client) => {
    const watermark = await readWatermark(client, lane);
    if (watermark < throughSequence) {
      throw new Error(`the ledger of lane ${lane} is back at ${watermark}, before ${throughSequence}`);
    }
    return {
      found: await findRecords(client, keys),
      failed: await findRejections(client, lane, { after: afterSequence, through: throughSequence }),
    };
  });
  const first = messages[0]?.sequence ?? 0;
  // A key's first envelope recorded it; what stands in a later one too was a retry and is no event.
  const recorded = found
    .filter((record) => record.logSequence >= first && record.logSequence <= throughSequence)
    .sort((left, right) => left.index - right.index);
  const runs = new Map<string, { run: VerifiedRun; recordKeys: string[] }>();
  for (const { environmentId, customerId, index, recordKey } of recorded) {
    const name = `${environmentId}\n${customerId}`;
    const known = runs.get(name);
    if (known !== undefined) {
      known.recordKeys.push(recordKey);
      continue;
    }
    const recordKeys = [recordKey];
    const run = { environmentId, customerId, firstIndex: index, recordKeys, created: index === 0 };
    runs.set(name, { run, recordKeys });
  }
  return {
    v: 1,
    lane,
    afterSequence,
    throughSequence,
    verified: [...runs.values()].map(({ run }) => run),
    failed,
  };
}

function recordKeysOf(message: LoggedMessage): string[] {
  try {
    return decodeEnvelope(message.payload).deltas.map((delta) => delta.recordKey);
  } catch (error) {
    // A dead letter told nothing the first time either.
    if (error instanceof EnvelopeError) return [];
    throw error;
  }
}
