import { appendTurn, ensurePeriod, type LaneState, loadClosedEnvironments, loadLane } from '@pacspace/ledger';
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
  private readonly memory = new LaneMemory();
  private readonly periods = new Set<number>();
  private state: LaneState | undefined;

  constructor(
    private readonly lane: number,
    private readonly lanes: number,
    private readonly pool: pg.Pool,
  ) {}

  /** Begins at the tables' watermark, with nothing remembered. */
  async open(): Promise<LaneState> {
    this.forget();
    const state = await loadLane(this.pool, this.lane, this.lanes);
    // After the state: a writer that is being replaced may still close something, and fences this one with it.
    this.memory.rememberClosed(await loadClosedEnvironments(this.pool, this.lane));
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
      const recorded = await recallStates(this.pool, memory, envelopes);
      const before = { ...state, toldSequence };
      const folded = foldTurn(envelopes, { before, lanes: this.lanes, memory, recorded });
      for (const { period } of folded.turn.newPeriods) await this.makeRoom(period);
      await appendTurn(this.pool, folded.turn);
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

  private forget(): void {
    this.memory.clear();
    this.periods.clear();
    this.state = undefined;
  }
}
