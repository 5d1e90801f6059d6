import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { DELTAS_STREAM, deltasSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';
import { type LoggedMessage, LaneReader } from './lane-reader.js';

/** The log as a reader finds it who must not change anything, so that nothing is made where it is not. */
export type ReadOnlyLog = Pick<DeltaLog, 'connection' | 'manager'> & {
  /** What is before it is no longer in the log. */
  readonly firstSequence: number;
};

const NO_SUCH_STREAM = 10059;

/** Undefined: there is no log. @throws LogError UNAVAILABLE */
export async function findDeltaLog(connection: NatsConnection): Promise<ReadOnlyLog | undefined> {
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info(DELTAS_STREAM);
    return { connection, manager, firstSequence: state.first_seq };
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === NO_SUCH_STREAM) return undefined;
    throw new LogError('UNAVAILABLE', `the log does not answer: ${String(cause)}`, { cause });
  }
}

const TURN_BYTES = 4 * 1024 * 1024;
const WAIT_MS = 1_000;
/** Of silence, after which a lane is taken to hold nothing more. */
const MOST_WAITS = 5;
/** Times that a reader may be lost without having read anything. */
const TRIES = 10;

/**
 * All of a lane from its beginning, in log order, up to the sequence. It ends before that when nothing more comes: what
 * is missing is then for the caller to say.
 *
 * @param purpose names the reader: it replaces an earlier one of the same lane and purpose.
 * @throws LogError UNAVAILABLE
 */
export async function* replayLane(
  log: ReadOnlyLog,
  of: { readonly lane: number; readonly through: number; readonly purpose: string },
): AsyncGenerator<readonly LoggedMessage[]> {
  const end = Math.min(of.through, await lastSequenceOf(log, of.lane));
  let sequence = 0;
  for (let tries = 0; sequence < end; tries += 1) {
    const reader = await LaneReader.open(log, of.lane, sequence, `${of.purpose}-${of.lane}`);
    try {
      for (let waits = 0; sequence < end && waits < MOST_WAITS;) {
        const { messages, ack } = await reader.next(TURN_BYTES, WAIT_MS);
        const wanted = messages.filter((message) => message.sequence <= end);
        const last = messages.at(-1);
        waits = last === undefined ? waits + 1 : 0;
        if (wanted.length > 0) yield wanted;
        if (last !== undefined) [sequence, tries] = [last.sequence, 0];
        ack();
      }
      return;
    } catch (error) {
      const isGap = error instanceof LogError && error.code === 'READ_GAP';
      if (!isGap || tries === TRIES) throw error;
    } finally {
      await reader.close();
    }
  }
}

async function lastSequenceOf(log: ReadOnlyLog, lane: number): Promise<number> {
  const last = await log.manager.direct.getMessage(DELTAS_STREAM, { last_by_subj: deltasSubject(lane) });
  return last?.seq ?? 0;
}
