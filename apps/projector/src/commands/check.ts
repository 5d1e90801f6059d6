import { closeCache, compareLane, connectCache, type LaneDifference } from '@pacspace/cache';
import { checkLedger, createLedgerPool, customersOfLane, loadLanes } from '@pacspace/ledger';
import { connectLog, countEnvelopes, openDeltaLog } from '@pacspace/log';
import type { z } from 'zod';
import type { projectorConfig } from '../config.js';

/**
 * `projector check`: holds the ledger against its own rules, the cache against the ledger, and the ledger's envelope
 * counts against the log's; reports every difference. May run at any time, beside the projector.
 *
 * @returns whether all is as it should be.
 */
export async function check(config: z.output<typeof projectorConfig>): Promise<boolean> {
  const pool = createLedgerPool({ url: config.DATABASE_URL, name: 'projector check', max: 2 });
  try {
    const faults = await checkLedger(pool, (name, number, of) => say(`rule ${number} of ${of}: ${name}`));
    for (const { rule, unit, detail } of faults) say(`BROKEN: ${rule}\n  ${unit}: ${detail}`);
    const differences = await checkCache(config, pool);
    for (const difference of differences) say(`CACHE ${describe(difference)}`);
    const behind = await checkLog(config, pool);
    for (const line of behind) say(`LOG ${line}`);
    const good = faults.length + differences.length + behind.length === 0;
    say(good ? 'the ledger, the cache and the log agree' : 'there are differences: see above');
    return good;
  } finally {
    await pool.end();
  }
}

type Pool = ReturnType<typeof createLedgerPool>;

async function checkCache(config: z.output<typeof projectorConfig>, pool: Pool): Promise<LaneDifference[]> {
  const cache = connectCache({ url: config.REDIS_URL, name: 'projector check', onError: () => undefined });
  const client = await pool.connect();
  try {
    await waitUntilReady(cache);
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const differences: LaneDifference[] = [];
    for (const { lane, sequence } of await loadLanes(client)) {
      const customers = toCached(customersOfLane(client, lane));
      const comparison = await compareLane(cache, { lane, sequence, customers });
      const { equal, uncached, moved } = comparison;
      say(`cache of lane ${lane}: ${equal} equal, ${uncached} not cached, ${moved} moving`);
      differences.push(...comparison.differences);
    }
    await client.query('COMMIT');
    return differences;
  } finally {
    client.release(true);
    closeCache(cache);
  }
}

async function waitUntilReady({ redis }: ReturnType<typeof connectCache>): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Redis does not answer: check REDIS_URL')), 3_000);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function* toCached(customers: ReturnType<typeof customersOfLane>) {
  for await (const { number, ...customer } of customers) yield { customerNo: number, ...customer };
}

function describe({ kind, environmentId, customerId, ledger, cached }: LaneDifference): string {
  const text = (side: typeof ledger): string => (side === undefined ? 'nothing' : JSON.stringify(side));
  return `${kind}: ${environmentId} ${customerId}: ledger ${text(ledger)}, cache ${text(cached)}`;
}

async function checkLog(config: z.output<typeof projectorConfig>, pool: Pool): Promise<string[]> {
  const connection = await connectLog({ url: config.NATS_URL, name: 'projector check' });
  try {
    // The ledger first: it may only be behind what the log held a moment later.
    const lanes = await loadLanes(pool);
    const log = await openDeltaLog(connection, { lanes: config.LANES });
    const counts = await countEnvelopes(log);
    for (const { lane, envelopes } of lanes) {
      say(`lane ${lane}: ${envelopes} of ${counts[lane] ?? 0} envelopes projected`);
    }
    return lanes
      .filter(({ lane, envelopes }) => envelopes > (counts[lane] ?? 0))
      .map(
        ({ lane, envelopes }) =>
          `lane ${lane} holds fewer envelopes than the ${envelopes} that the ledger has folded`,
      );
  } finally {
    await connection.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
