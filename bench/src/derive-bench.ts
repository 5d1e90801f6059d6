import { BATCH, sendBatches } from './batch-bench.js';
import { askAtRate, get, percentile } from './load.js';
import type { Figure } from './report.js';
import type { System } from './system.js';
import { usageBatches } from './usage.js';

const READS_PER_SECOND = 100;
const SECONDS = 15;

/** (d) Balances read while batches arrive at half the rate that the system was just seen to sustain. */
export async function benchDerive(system: System, sustainedPerSecond: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const consistency of ['strong', 'eventual'] as const) {
    const stop = new AbortController();
    const first = consistency === 'strong' ? 4_000_000_000 : 5_000_000_000;
    const load = sendAtRate(system, { perSecond: sustainedPerSecond / 2, first, signal: stop.signal });
    const latencies = await readFor(system, consistency, SECONDS);
    stop.abort();
    await load;
    const target = consistency === 'strong' ? { target: { kind: 'value' as const, max: 100 } } : {};
    figures.push(
      {
        id: `d.derive.${consistency}.p50`,
        what: `derive, ${consistency}, half load`,
        value: percentile(latencies, 0.5),
        unit: 'ms',
      },
      {
        id: `d.derive.${consistency}.p99`,
        what: `derive, ${consistency}, half load, 99 of 100`,
        value: percentile(latencies, 0.99),
        unit: 'ms',
        ...target,
      },
    );
  }
  return figures;
}

async function readFor(system: System, consistency: string, seconds: number): Promise<number[]> {
  const gateway = system.apps.get('gateway');
  return await askAtRate({ perSecond: READS_PER_SECOND, seconds }, async (number) => {
    const url = `${gateway?.baseUrl}/api/v1/balance/derive/customer_${number % 1_000}?consistency=${consistency}`;
    const answer = await get(url, { 'x-api-key': system.apiKey });
    if (consistency === 'strong' && !answer.includes('"consistent":true')) {
      throw new Error(`a strong read ran out of time: ${answer.slice(-300)}`);
    }
  });
}

interface Rate {
  readonly perSecond: number;
  readonly first: number;
  readonly signal: AbortSignal;
}

/** Batches of a tenth of a second's worth, one after the other, never more than the rate. */
export async function sendAtRate(system: System, { perSecond, first, signal }: Rate): Promise<void> {
  const size = Math.min(BATCH, Math.max(100, Math.round(perSecond / 10)));
  const startedAt = performance.now();
  for (let sent = 0; !signal.aborted; sent += size) {
    await sendBatches(system, usageBatches(size, size, 1_000, first + sent));
    const dueMs = ((sent + size) / perSecond) * 1000;
    const waitMs = startedAt + dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
