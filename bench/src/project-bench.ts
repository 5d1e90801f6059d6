import { createLedgerPool, loadLanes } from '@pacspace/ledger';
import { BATCH, sendBatches } from './batch-bench.js';
import { get } from './load.js';
import type { Figure } from './report.js';
import type { System } from './system.js';
import { usageBatches } from './usage.js';

const CUSTOMERS = 1_000;

/** Waits until the ledger holds as many entries. */
export async function untilProjected(system: System, entries: number): Promise<void> {
  const pool = createLedgerPool({ url: system.env['DATABASE_URL'] ?? '', name: 'bench', max: 1 });
  try {
    for (;;) {
      const lanes = await loadLanes(pool);
      if (lanes.reduce((sum, lane) => sum + lane.entries, 0) >= entries) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await pool.end();
  }
}

export async function countEntries(system: System): Promise<number> {
  const pool = createLedgerPool({ url: system.env['DATABASE_URL'] ?? '', name: 'bench', max: 1 });
  try {
    const lanes = await loadLanes(pool);
    return lanes.reduce((sum, lane) => sum + lane.entries, 0);
  } finally {
    await pool.end();
  }
}

export interface Ceilings {
  readonly emmettPerSecond: number;
  readonly copyPerSecond: number;
}

/** (c) From the first byte of the first batch to the last delta derivable, batches being accepted meanwhile. */
export async function benchEndToEnd(system: System, deltas: number, ceilings: Ceilings): Promise<Figure[]> {
  const before = await countEntries(system);
  const batches = usageBatches(deltas, BATCH, CUSTOMERS, 3_000_000_000);
  const startedAt = performance.now();
  // Two requests under way, so that the producer itself takes no more than it must of the two cores.
  await Promise.all([sendBatches(system, batches, 2), untilProjected(system, before + deltas)]);
  const seconds = (performance.now() - startedAt) / 1000;
  await checkDerived(system);
  const value = deltas / seconds;
  const figure = { what: 'deltas accepted, projected and derivable, all at once', value, unit: 'deltas/s' };
  return [
    {
      ...figure,
      id: 'c.end-to-end',
      ceiling: { what: 'emmett-postgresql appending in hundreds', value: ceilings.emmettPerSecond },
      target: { kind: 'ratio', min: 1.2 },
    },
    { ...figure, id: 'c.end-to-end.rate', target: { kind: 'value', min: 30_000 } },
    {
      ...figure,
      id: 'c.end-to-end.copy',
      ceiling: { what: 'bare COPY into the same tables', value: ceilings.copyPerSecond },
    },
  ];
}

/** A figure for deltas that cannot be derived would be none. */
async function checkDerived(system: System): Promise<void> {
  const gateway = system.apps.get('gateway');
  const url = `${gateway?.baseUrl}/api/v1/balance/derive/customer_1?limit=1`;
  const answer = JSON.parse(await get(url, { 'x-api-key': system.apiKey })) as {
    data: { position: { consistent: boolean }; deltasCount: number };
  };
  if (!answer.data.position.consistent || answer.data.deltasCount === 0) {
    throw new Error(`not derivable: ${JSON.stringify(answer).slice(0, 300)}`);
  }
}
