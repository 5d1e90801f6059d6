import { closeCache, connectCache, forgetLane, pingCache } from '@pacspace/cache';
import {
  compareRebuilt,
  createLedgerPool,
  createRebuildSchema,
  holdWriters,
  type LedgerDifference,
  REBUILD_SCHEMA,
  swapRebuilt,
} from '@pacspace/ledger';
import { connectLog, countEnvelopes, type DeltaLog, LaneReader, openDeltaLog } from '@pacspace/log';
import { retry } from '@pacspace/service';
import type pg from 'pg';
import type { z } from 'zod';
import type { projectorConfig } from '../config.js';
import { LaneWriter } from '../lane-writer.js';

export const SWAP_CHOICES = ['equal', 'always', 'never'] as const;
export type Swap = (typeof SWAP_CHOICES)[number];

const TURN_BYTES = 4 * 1024 * 1024;
const WAIT_MS = 1_000;
/** Tries of a lane: enough for a restart of any server. */
const TRIES = 20;
const PROGRESS_EVERY_MS = 2_000;

/**
 * `projector rebuild`: folds the whole log once more, into fresh tables beside the ledger in use, while that goes on
 * being written; then holds the writers for the moment of the comparison, and puts the new tables in the place of the
 * old ones when they are equal, or when the operator says so. The old ones are kept under another name.
 *
 * @returns whether the rebuilt ledger was equal.
 */
export async function rebuild(config: z.output<typeof projectorConfig>, swap: Swap): Promise<boolean> {
  const connection = await connectLog({ url: config.NATS_URL, name: 'projector rebuild' });
  const max = 2 * config.LANES;
  const pool = createLedgerPool({ url: config.DATABASE_URL, name: 'projector rebuild', max: 2 });
  const fresh = createLedgerPool({
    url: config.DATABASE_URL,
    name: 'projector rebuild',
    max,
    schema: REBUILD_SCHEMA,
    waitForDisk: false,
    lookUps: true,
  });
  try {
    const log = await openDeltaLog(connection, { lanes: config.LANES });
    await createRebuildSchema(pool);
    const lanes = Array.from({ length: config.LANES }, (_, lane) => new RebuiltLane(lane, log, fresh));
    await foldAll(lanes, await countEnvelopes(log));
    return await compareAndSwap({ pool, lanes, swap, redisUrl: config.REDIS_URL });
  } finally {
    await fresh.end();
    await pool.end();
    await connection.close();
  }
}

/** One lane of the rebuild: its own reader, its own writer on the fresh tables. */
class RebuiltLane {
  private readonly writer: LaneWriter;
  envelopes = 0;
  entries = 0;

  constructor(
    readonly lane: number,
    private readonly log: DeltaLog,
    pool: pg.Pool,
  ) {
    this.writer = new LaneWriter(lane, log.lanes, pool);
  }

  /** Folds on until `isDone` says so of the state after a turn; `through` is the last log sequence taken. */
  async foldUntil(isDone: () => boolean, through = Number.POSITIVE_INFINITY): Promise<void> {
    // A server that is away for a moment must not cost hours of folding: on from the watermark, as the projector does.
    await retry(() => this.foldOnce(isDone, through), {
      attempts: TRIES,
      backoff: { firstMs: 200, maxMs: 5_000 },
      onRetry: (error) => say(`lane ${this.lane}: ${String(error)}; trying again`),
    });
  }

  private async foldOnce(isDone: () => boolean, through: number): Promise<void> {
    await this.writer.open();
    const reader = await LaneReader.open(this.log, this.lane, this.writer.sequence, `rebuild-${this.lane}`);
    try {
      while (!isDone() && this.writer.sequence < through) {
        const { messages, ack } = await reader.next(TURN_BYTES, WAIT_MS);
        const wanted = messages.filter((message) => message.sequence <= through);
        if (wanted.length > 0) {
          const { turn } = await this.writer.write(wanted, 0);
          this.envelopes = turn.after.envelopes;
          this.entries = turn.after.entries;
        }
        ack();
      }
    } finally {
      await reader.close();
    }
  }
}

async function foldAll(lanes: readonly RebuiltLane[], counts: readonly number[]): Promise<void> {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const startedAt = performance.now();
  const report = (): void => {
    const envelopes = lanes.reduce((sum, lane) => sum + lane.envelopes, 0);
    const entries = lanes.reduce((sum, lane) => sum + lane.entries, 0);
    const seconds = (performance.now() - startedAt) / 1000;
    const left = envelopes === 0 ? '?' : Math.ceil((seconds / envelopes) * (total - envelopes));
    const rate = Math.round(entries / seconds).toLocaleString('en');
    say(
      `${envelopes} of ${total} envelopes, ${entries.toLocaleString('en')} deltas, ${rate}/s, ${left} s left`,
    );
  };
  const timer = setInterval(report, PROGRESS_EVERY_MS);
  try {
    await Promise.all(lanes.map((lane) => lane.foldUntil(() => lane.envelopes >= (counts[lane.lane] ?? 0))));
  } finally {
    clearInterval(timer);
  }
  report();
}

interface SwapTools {
  readonly pool: pg.Pool;
  readonly lanes: readonly RebuiltLane[];
  readonly swap: Swap;
  readonly redisUrl: string;
}

async function compareAndSwap({ pool, lanes, swap, redisUrl }: SwapTools): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    say('holding the writers, folding what has come in meanwhile');
    for (const [lane, sequence] of await holdWriters(client)) {
      await lanes[lane]?.foldUntil(() => false, sequence);
    }
    const differences = await compareRebuilt(client, (table) => say(`comparing ${table}`));
    for (const difference of differences) say(describe(difference));
    const equal = differences.length === 0;
    say(equal ? 'the rebuilt ledger is equal to the one in use, row by row' : 'the rebuilt ledger DIFFERS');
    if (swap === 'always' || (swap === 'equal' && equal)) {
      // Before the swap is seen: with the writers held, nobody fills the cache from the old tables any more.
      await emptyCache(redisUrl, lanes.length);
      const kept = await swapRebuilt(client, Date.now());
      await client.query('COMMIT');
      say(
        `swapped in; the old tables are kept: DROP SCHEMA ${kept} CASCADE; when nobody needs them any more`,
      );
    } else {
      await client.query('ROLLBACK');
      say(`not swapped in; the rebuilt tables are in schema ${REBUILD_SCHEMA} until the next rebuild`);
    }
    return equal;
  } finally {
    // With it ends a transaction that something has interrupted.
    client.release(true);
  }
}

async function emptyCache(redisUrl: string, lanes: number): Promise<void> {
  let lastError: Error | undefined;
  const cache = connectCache({
    url: redisUrl,
    name: 'projector rebuild',
    onError: (error) => (lastError = error),
  });
  try {
    await new Promise((resolve) => {
      cache.redis.once('ready', resolve);
      setTimeout(resolve, 3_000).unref();
    });
    await pingCache(cache);
    for (let lane = 0; lane < lanes; lane += 1) await forgetLane(cache, lane);
  } catch (cause) {
    throw new Error(
      `the cache cannot be emptied (${String(lastError ?? cause)}), and stale balances must not outlive the swap: ` +
        'nothing was swapped; try again when Redis answers',
      { cause },
    );
  } finally {
    closeCache(cache);
  }
}

function describe({ table, name, ledger, rebuilt }: LedgerDifference): string {
  return `DIFFERS ${table}, ${name}:\n  in use:  ${ledger ?? 'no such row'}\n  rebuilt: ${rebuilt ?? 'no such row'}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
