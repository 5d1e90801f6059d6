import {
  ensurePeriod,
  type LaneState,
  loadClosedEnvironments,
  loadLane,
  withTransaction,
  writeTurn,
} from '@pacspace/ledger';
import type { LoggedMessage } from '@pacspace/log';
import type pg from 'pg';
import { decodeMessage, type DecodedEnvelope } from './decode-turn.js';
import { type FoldedTurn, foldTurn } from './fold-turn.js';
import { LaneMemory } from './lane-memory.js';
import { recallStates } from './recall-states.js';

export interface WrittenTurn extends FoldedTurn {
  readonly envelopes: readonly DecodedEnvelope[];
}

/**
 * Brings a lane's log into ledger tables, whichever the pool names: the ones in use, or those of a rebuild. Nothing
 * but Postgres is touched.
 */
export class LaneWriter {
  private memory = new LaneMemory();
  private readonly periods = new Set<number>();
  private state: LaneState | undefined;

  constructor(
    private readonly lane: number,
    private readonly lanes: number,
    /** A turn takes up to two connections. */
    private readonly pool: pg.Pool,
  ) {}

  /** Begins at the tables' watermark, with nothing remembered. */
  async open(): Promise<LaneState> {
    this.forget();
    const state = await loadLane(this.pool, this.lane, this.lanes);
    this.memory.rememberClosed(await loadClosedEnvironments(this.pool, this.lane, state.sequence));
    this.state = state;
    return state;
  }

  /** The watermark, as of the last turn written here. */
  get sequence(): number {
    return this.state?.sequence ?? 0;
  }

  /**
   * Folds and writes the messages, which follow the watermark, in one transaction.
   *
   * @throws what the store throws, LedgerError FENCED among it; the lane must then be opened again, since it is in
   * doubt whether the turn was written.
   */
  async write(messages: readonly LoggedMessage[], toldSequence: number): Promise<WrittenTurn> {
    const { state, memory } = this;
    if (state === undefined) throw new Error(`lane ${this.lane} is not open`);
    this.state = undefined;
    try {
      const envelopes = messages.map(decodeMessage);
      // The event stream may be ahead, where the ledger was restored to an earlier state than the stream was: what the
      // ledger says was told is never more than what it holds.
      const before = { ...state, toldSequence: Math.min(toldSequence, state.sequence) };
      const folded = await withTransaction(this.pool, async (client) => {
        const recorded = await recallStates(client, memory, envelopes);
        const made = foldTurn(envelopes, { before, lanes: this.lanes, memory, recorded });
        for (const { period } of made.turn.newPeriods) await this.makeRoom(period);
        await writeTurn(client, made.turn);
        return made;
      });
      memory.trim();
      this.state = folded.turn.after;
      return { ...folded, envelopes };
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private async makeRoom(period: number): Promise<void> {
    if (this.periods.has(period)) return;
    await ensurePeriod(this.pool, period);
    this.periods.add(period);
  }

  /** Another memory, not this one emptied: a look-up that outlives a failed turn must not bring its rows into the next. */
  private forget(): void {
    this.memory = new LaneMemory();
    this.periods.clear();
    this.state = undefined;
  }
}
