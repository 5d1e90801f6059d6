import { loadLanes } from '@pacspace/ledger';
import { countEnvelopes, type DeltaLog } from '@pacspace/log';
import { sleep } from '@pacspace/service';
import type pg from 'pg';

const WAIT_MS = 2_000;
const EVERY_MS = 20;

/**
 * Waits until the ledger has all that the lane's log holds at the time of the call, or until the time is up: who waits
 * asks the ledger afterwards either way.
 */
export async function waitUntilProjected(log: DeltaLog, pool: pg.Pool, lane: number): Promise<void> {
  const due = (await countEnvelopes(log))[lane] ?? 0;
  const until = performance.now() + WAIT_MS;
  while (performance.now() < until) {
    const state = (await loadLanes(pool)).find((candidate) => candidate.lane === lane);
    if ((state?.envelopes ?? 0) >= due) return;
    await sleep(EVERY_MS);
  }
}
