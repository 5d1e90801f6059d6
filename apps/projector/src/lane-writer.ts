import {
  ensurePeriod,
  type LaneState,
  LedgerError,
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
import { type KeysToRecall, recallStates } from './recall-states.js';

export interface WrittenTurn extends FoldedTurn {
  readonly envelopes: readonly DecodedEnvelope[];
}

/** After a turn with a key that was recorded already, this many are screened: where there is one there are often more. */
const SCREENED_TURNS = 100;

/**
 * Brings a lane's log into ledger tables, whichever the pool names: the ones in use, or those of a rebuild. Nothing
 * but Postgres is touched.
 */
export class LaneWriter {
  private memory = new LaneMemory();
  private readonly periods = new Set<number>();
  private state: LaneState | undefined;
  /** Turns whose keys are looked up before they are folded. */
  private toScreen = 0;

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
    await this.rememberClosed(state);
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
    const { state } = this;
    if (state === undefined) throw new Error(`lane ${this.lane} is not open`);
    this.state = undefined;
    try {
      const envelopes = messages.map(decodeMessage);
      // The event stream may be ahead, where the ledger was restored to an earlier state than the stream was: what the
      // ledger says was told is never more than what it holds.
      const before = { ...state, toldSequence: Math.min(toldSequence, state.sequence) };
      const folded = await this.foldAndWrite(envelopes, before);
      this.memory.trim();
      this.state = folded.turn.after;
      return { ...folded, envelopes };
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /**
   * The gateways answer for keys that they know, so that one seldom comes here twice: looking up each would cost as much
   * as writing it. A turn is folded as if all its keys were new; when the register says otherwise, nothing of it has been
   * written, and it is folded again over what was looked up.
   */
  private async foldAndWrite(envelopes: readonly DecodedEnvelope[], before: LaneState): Promise<FoldedTurn> {
    if (this.toScreen > 0) {
      this.toScreen -= 1;
      return await this.tryTurn(envelopes, before, 'all');
    }
    try {
      return await this.tryTurn(envelopes, before, 'adjusted');
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'KEY_RECORDED') throw error;
      this.toScreen = SCREENED_TURNS;
      this.memory = new LaneMemory();
      await this.rememberClosed(before);
      return await this.tryTurn(envelopes, before, 'all');
    }
  }

  private async tryTurn(
    envelopes: readonly DecodedEnvelope[],
    before: LaneState,
    keys: KeysToRecall,
  ): Promise<FoldedTurn> {
    const { lanes, memory, pool } = this;
    return await withTransaction(pool, async (client) => {
      const recorded = await recallStates(client, memory, envelopes, keys);
      const folded = foldTurn(envelopes, { before, lanes, memory, recorded });
      for (const { period } of folded.turn.newPeriods) await this.makeRoom(period);
      await writeTurn(client, folded.turn);
      return folded;
    });
  }

  private async rememberClosed({ sequence }: LaneState): Promise<void> {
    this.memory.rememberClosed(await loadClosedEnvironments(this.pool, this.lane, sequence));
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
