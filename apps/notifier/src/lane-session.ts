import { moveCursor, openCursor, type ToldCursor } from '@pacspace/ledger';
import { type DeltaLog, EventsReader, type ToldMessage } from '@pacspace/log';
import { sleep } from '@pacspace/service';
import { eventsSubject, factsSubject } from '@pacspace/wire';
import type pg from 'pg';
import { LaneWatch, type WatchTools } from './deliver/lane-watch.js';

/** What came next on a subject of the lane, and from where. */
export interface ToldTurn {
  readonly lane: number;
  readonly messages: readonly ToldMessage[];
  readonly from: ToldCursor;
}

export interface SessionTools extends Omit<WatchTools, 'pool'> {
  readonly log: DeltaLog;
  readonly pool: pg.Pool;
  /** Makes deliveries of a turn; resolves with the cursor behind it. */
  readonly onTurn: (turn: ToldTurn) => Promise<ToldCursor>;
  readonly onRead: (lane: number, ageSeconds: number) => void;
}

/** Of messages, in one turn: each names records by the thousand at most. */
const TURN_BYTES = 1024 * 1024;
const IDLE_WAIT_MS = 500;
const LOOK_EVERY_MS = 500;

/**
 * One lane, while this process holds it: reads what is told of its customers, and watches for what is due. Ends when it is
 * told to, or when anything fails; then begins nothing more, and returns when what is under way is noted.
 */
export async function runLaneSession(
  tools: SessionTools,
  lane: number,
  { ended, onProgress }: { readonly ended: AbortSignal; readonly onProgress: () => void },
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([ended, failed.signal]);
  const parts = { signal, onProgress };
  tools.dispatcher.openLane(lane);
  const loops = [
    readSubject(tools, lane, { ...parts, subject: eventsSubject(lane) }),
    readSubject(tools, lane, { ...parts, subject: factsSubject(lane) }),
    watch(tools, lane, signal),
  ].map((loop) =>
    loop.catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(loops);
  await tools.dispatcher.closeLane(lane);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

async function readSubject(
  { log, pool, onTurn, onRead, now }: SessionTools,
  lane: number,
  of: { readonly subject: string; readonly signal: AbortSignal; readonly onProgress: () => void },
): Promise<void> {
  const { subject, signal, onProgress } = of;
  let cursor = await openCursor(pool, subject);
  const reader = await EventsReader.open(log, subject, cursor.sequence);
  // A stream that was made anew counts from one again.
  if (reader.restarted) cursor = await rewind(pool, cursor);
  const stopWaiting = (): void => reader.close();
  signal.addEventListener('abort', stopWaiting, { once: true });
  try {
    while (!signal.aborted) {
      const messages = await reader.next(TURN_BYTES, IDLE_WAIT_MS);
      const last = messages.at(-1);
      if (last !== undefined) {
        cursor = await onTurn({ lane, messages, from: cursor });
        onRead(lane, Math.max(0, now() - last.toldAtMs) / 1000);
      } else {
        onRead(lane, 0);
      }
      onProgress();
    }
  } finally {
    signal.removeEventListener('abort', stopWaiting);
    reader.close();
  }
}

/** What the log's deltas have been heard of stays known. */
async function rewind(pool: pg.Pool, cursor: ToldCursor): Promise<ToldCursor> {
  const rewound = { ...cursor, sequence: 0, parts: 0 };
  await moveCursor(pool, cursor, rewound);
  return rewound;
}

async function watch(tools: SessionTools, lane: number, signal: AbortSignal): Promise<void> {
  const laneWatch = new LaneWatch(lane, tools);
  do await laneWatch.look();
  while (await sleep(LOOK_EVERY_MS, signal));
}
