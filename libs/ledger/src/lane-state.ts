import type pg from 'pg';
import { LedgerError } from './errors.js';

/** A lane's watermark and totals: all of it a function of the log up to `sequence`. */
export interface LaneState {
  readonly lane: number;
  /** Which making of the ledger this is: a rebuilt one that was swapped in has a higher epoch. */
  readonly epoch: number;
  /** The log is folded up to and including this sequence. */
  readonly sequence: number;
  /** Events are told up to here, at least: written with the next turn, so it may trail the truth by one. */
  readonly toldSequence: number;
  readonly envelopes: number;
  readonly entries: number;
  readonly duplicates: number;
  readonly rejections: number;
  readonly deadLetters: number;
  /** Customers of this lane: the next one's number follows from it. */
  readonly customers: number;
  /** Time stamp of the last envelope. */
  readonly recordedAtMs: number;
}

/**
 * Reads a lane's state, made at sequence 0 when the ledger is new.
 *
 * @throws LedgerError LANES_MISMATCH when the ledger was made with another lane count.
 */
export async function loadLane(pool: pg.Pool, lane: number, lanes: number): Promise<LaneState> {
  // Not beside lanes of another count: that would leave rows which the right count then finds in its way.
  await pool.query(
    `INSERT INTO lane (lane, lanes) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM lane WHERE lanes <> $2)
         ON CONFLICT (lane) DO NOTHING`,
    [lane, lanes],
  );
  const { rows } = await pool.query<LaneRow>(
    `SELECT ${LANE_COLUMNS}, lanes FROM lane WHERE lane = $1 OR lanes <> $2 ORDER BY lanes <> $2 DESC LIMIT 1`,
    [lane, lanes],
  );
  const row = rows[0];
  if (row?.lanes !== lanes) {
    throw new LedgerError(
      'LANES_MISMATCH',
      `the ledger was made with ${row?.lanes} lanes, LANES is ${lanes}: set LANES to that`,
    );
  }
  return toLaneState(row);
}

/** The log sequence up to which a lane is folded; 0 before it has begun. */
export async function readWatermark(pool: pg.Pool | pg.ClientBase, lane: number): Promise<number> {
  const { rows } = await pool.query<{ sequence: string }>('SELECT sequence FROM lane WHERE lane = $1', [
    lane,
  ]);
  return Number(rows[0]?.sequence ?? 0);
}

/** All lanes that have begun, by number. */
export async function loadLanes(pool: pg.Pool | pg.ClientBase): Promise<LaneState[]> {
  const { rows } = await pool.query<LaneRow>(`SELECT ${LANE_COLUMNS}, lanes FROM lane ORDER BY lane`);
  return rows.map(toLaneState);
}

/** The lane count that the ledger was made with; undefined: no lane has begun. */
export async function readLaneCount(pool: pg.Pool | pg.ClientBase): Promise<number | undefined> {
  const { rows } = await pool.query<{ lanes: number | null }>('SELECT max(lanes) AS lanes FROM lane');
  return rows[0]?.lanes ?? undefined;
}

const LANE_COLUMNS =
  'lane, epoch, sequence, told_sequence, envelopes, entries, duplicates, rejections, dead_letters, customers, recorded_at_ms';

interface LaneRow {
  lane: number;
  lanes: number;
  epoch: number;
  sequence: string;
  told_sequence: string;
  envelopes: string;
  entries: string;
  duplicates: string;
  rejections: string;
  dead_letters: string;
  customers: number;
  recorded_at_ms: string;
}

function toLaneState(row: LaneRow): LaneState {
  return {
    lane: row.lane,
    epoch: row.epoch,
    sequence: Number(row.sequence),
    toldSequence: Number(row.told_sequence),
    envelopes: Number(row.envelopes),
    entries: Number(row.entries),
    duplicates: Number(row.duplicates),
    rejections: Number(row.rejections),
    deadLetters: Number(row.dead_letters),
    customers: row.customers,
    recordedAtMs: Number(row.recorded_at_ms),
  };
}
