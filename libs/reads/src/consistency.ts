import { CircuitBreaker, traceStep } from '@pacspace/service';
import { GroupedLookup } from './grouped-lookup.js';
import type { LaneProgress, Need } from './lane-progress.js';

export type Consistency = 'strong' | 'eventual';

/** Where a read stands against the log, as it is answered beside what was read. */
export interface Standing {
  /** True: it contains all that was in the log when the read came in. */
  readonly consistent: boolean;
  /** Envelopes of the log that it does not contain; null: not known, since the log was not asked or did not answer. */
  readonly behindEnvelopes: number | null;
}

export interface ConsistencyOptions {
  /** How many envelopes each lane holds, by lane. */
  readonly countEnvelopes: () => Promise<readonly number[]>;
  readonly progress: LaneProgress;
  /** How long a read waits for the projector, at most. */
  readonly waitMs?: number;
}

/** A read's value and the positions of the ledger that it is as of. */
export interface Positioned<T> {
  readonly value: T;
  readonly positions: readonly Need[];
}

/** Reads, and may ask whether a position is good enough before it goes to a slower store. */
export type PositionedRead<T> = (isEnough: (positions: readonly Need[]) => boolean) => Promise<Positioned<T>>;

const WAIT_MS = 2_000;
/** The log's count is one round trip on the machine or within the data centre. */
const COUNT_TIMEOUT_MS = 1_000;
/** Between two reads of a ledger that is behind what was said of it: it came back from a crash, or is a replica. */
const REREAD_MS = 50;

/**
 * Reads that see what was acknowledged before they came, through whichever gateway it went: the log itself says how
 * much it holds, and the read waits until the projector has come that far. What comes with the value decides, not
 * what was heard of: an answer that is behind says so, and by how much.
 */
export class ConsistentReads {
  private readonly counts: GroupedLookup<readonly number[]>;
  private readonly breaker = new CircuitBreaker({
    name: 'the log',
    failureLimit: 2,
    timeoutMs: COUNT_TIMEOUT_MS,
    openMs: 500,
    maxOpenMs: 2_000,
  });
  private readonly progress: LaneProgress;
  private readonly waitMs: number;

  constructor({ countEnvelopes, progress, waitMs = WAIT_MS }: ConsistencyOptions) {
    this.progress = progress;
    this.waitMs = waitMs;
    // One question for all the reads that wait for it. A read that comes while one is under way needs the next one:
    // the answer that is on its way may have been given before this read's own emit.
    this.counts = new GroupedLookup({
      maxKeys: Number.MAX_SAFE_INTEGER,
      ask: async () => new Map([['lanes', await countEnvelopes()]]),
    });
  }

  /** Reads once the lanes are projected, or when the wait is over. */
  async read<T>(
    lanes: readonly number[],
    consistency: Consistency,
    read: PositionedRead<T>,
  ): Promise<Standing & { readonly value: T }> {
    if (consistency === 'eventual') return { ...UNKNOWN, value: (await read(() => true)).value };
    const deadline = performance.now() + this.waitMs;
    const needs = await this.findNeeds(lanes);
    if (needs === undefined) return { ...UNKNOWN, value: (await read(() => true)).value };
    const isEnough = (positions: readonly Need[]): boolean => countBehind(needs, positions) === 0;
    for (;;) {
      await traceStep('wait for projection', {}, () =>
        this.progress.waitFor(needs, deadline - performance.now()),
      );
      const { value, positions } = await read(isEnough);
      const behindEnvelopes = countBehind(needs, positions);
      if (behindEnvelopes === 0) return { consistent: true, behindEnvelopes, value };
      if (performance.now() + REREAD_MS >= deadline) return { consistent: false, behindEnvelopes, value };
      await new Promise((resolve) => setTimeout(resolve, REREAD_MS));
    }
  }

  /**
   * Waits until the ledger has what the lane's log holds now.
   *
   * @returns whether it has; false when the wait was over before, or the log did not answer.
   */
  async waitUntilProjected(lane: number): Promise<boolean> {
    const deadline = performance.now() + this.waitMs;
    const needs = await this.findNeeds([lane]);
    return needs !== undefined && (await this.progress.waitFor(needs, deadline - performance.now()));
  }

  private async findNeeds(lanes: readonly number[]): Promise<readonly Need[] | undefined> {
    const attempt = await traceStep('ask log for its length', {}, () =>
      this.breaker.attempt(() => this.counts.find(['lanes'])),
    );
    const counts = attempt.ok ? attempt.value.get('lanes') : undefined;
    return counts && lanes.map((lane) => ({ lane, envelopes: counts[lane] ?? 0 }));
  }
}

const UNKNOWN: Standing = { consistent: false, behindEnvelopes: null };

function countBehind(needs: readonly Need[], positions: readonly Need[]): number {
  const reached = new Map(positions.map(({ lane, envelopes }) => [lane, envelopes]));
  return needs.reduce(
    (sum, { lane, envelopes }) => sum + Math.max(0, envelopes - (reached.get(lane) ?? 0)),
    0,
  );
}
