import { loadLanes } from '@pacspace/ledger';
import { countEnvelopes, type DeltaLog, findNextEnvelope, type NextEnvelope } from '@pacspace/log';
import { type Gauge, type Metrics, withTimeout } from '@pacspace/service';
import { decodeEnvelope, EnvelopeError } from '@pacspace/wire';
import type pg from 'pg';

export interface LaneLag {
  readonly lane: number;
  /** Stored in the log and not in the ledger. */
  readonly envelopes: number;
  readonly deltas: number;
  /** How long the oldest of them has been waiting; 0 without any. */
  readonly seconds: number;
}

export interface LagSources {
  readonly log: DeltaLog;
  readonly pool: pg.Pool;
  /** Lanes that this process is to tell of. */
  readonly concerned: () => readonly number[];
}

/** Scrapers come together, and each gauge asks for itself. */
const FRESH_MS = 500;
const PATIENCE_MS = 2_000;

/**
 * How far the ledger is behind the log, measured when somebody asks: by what the two stores say, not by what this
 * process remembers, so that a lane that stands still shows a lag that grows. A lane that nobody reads is told of by all,
 * and a lane that another projector reads by that one alone.
 *
 * When a store does not answer there is no figure, rather than an old one.
 */
export function exposeLag(metrics: Metrics, sources: LagSources): void {
  let sampled: { readonly at: number; readonly lags: Promise<readonly LaneLag[]> } | undefined;
  const sample = (): Promise<readonly LaneLag[]> => {
    if (sampled === undefined || performance.now() - sampled.at > FRESH_MS) {
      const lags = withTimeout('the lag', PATIENCE_MS, () => measureLag(sources)).catch(() => []);
      sampled = { at: performance.now(), lags };
    }
    return sampled.lags;
  };
  const expose = (name: string, help: string, valueOf: (lag: LaneLag) => number): void => {
    const collect = async (gauge: Gauge<'lane'>): Promise<void> => {
      const lags = await sample();
      gauge.reset();
      for (const lag of lags) gauge.set({ lane: String(lag.lane) }, valueOf(lag));
    };
    metrics.gauge({ name, help, labels: ['lane'], collect });
  };
  expose(
    'pacspace_lane_lag_envelopes',
    'Envelopes of the lane that are in the log and not in the ledger.',
    ({ envelopes }) => envelopes,
  );
  expose(
    'pacspace_lane_lag_deltas',
    'Deltas in those envelopes, reckoned from the oldest of them.',
    ({ deltas }) => deltas,
  );
  expose(
    'pacspace_lane_lag_seconds',
    'For how long the oldest of those envelopes has been in the log.',
    ({ seconds }) => seconds,
  );
}

async function measureLag({ log, pool, concerned }: LagSources): Promise<readonly LaneLag[]> {
  // The ledger first: what is folded between the two looks must not make it seem ahead of the log.
  const states = new Map((await loadLanes(pool)).map((state) => [state.lane, state]));
  const counts = await countEnvelopes(log);
  return await Promise.all(
    concerned().map(async (lane) => {
      const state = states.get(lane);
      const envelopes = Math.max(0, (counts[lane] ?? 0) - (state?.envelopes ?? 0));
      const oldest = envelopes === 0 ? undefined : await findNextEnvelope(log, lane, state?.sequence ?? 0);
      if (oldest === undefined) return { lane, envelopes, deltas: 0, seconds: 0 };
      const seconds = Math.max(0, (Date.now() - oldest.recordedAtMs) / 1_000);
      return { lane, envelopes, deltas: envelopes * countDeltas(oldest), seconds };
    }),
  );
}

/** What cannot be read, or closes a period, counts as one. */
function countDeltas({ payload }: NextEnvelope): number {
  try {
    return Math.max(1, decodeEnvelope(payload).deltas.length);
  } catch (error) {
    if (error instanceof EnvelopeError) return 1;
    throw error;
  }
}
