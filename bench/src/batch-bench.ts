import { inParallel, post } from './load.js';
import type { Figure } from './report.js';
import type { System } from './system.js';
import { usageBatches } from './usage.js';

export const BATCH = 5_000;
const IN_FLIGHT = 4;
const CUSTOMERS = 1_000;

/** Sends the batches and holds the answers to account; @returns seconds. */
export async function sendBatches(
  system: System,
  batches: readonly Buffer[],
  inFlight = IN_FLIGHT,
): Promise<number> {
  const gateway = system.apps.get('gateway');
  const url = `${gateway?.baseUrl}/api/v1/balance/delta/batch`;
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': system.apiKey };
  const startedAt = performance.now();
  await inParallel(
    inFlight,
    batches.map((body) => async () => {
      const answer = await post(url, headers, body);
      if (!answer.includes('"totalFailed":0'))
        throw new Error(`a batch had failures: …${answer.slice(-200)}`);
    }),
  );
  return (performance.now() - startedAt) / 1000;
}

/** (b) Deltas accepted from batches, each with a key, the projector not running: gateway and log alone. */
export async function benchBatch(system: System, deltas: number): Promise<Figure[]> {
  await sendBatches(system, usageBatches(100_000, BATCH, CUSTOMERS, 1_000_000_000));
  const batches = usageBatches(deltas, BATCH, CUSTOMERS, 2_000_000_000);
  const seconds = await sendBatches(system, batches);
  return [
    {
      id: 'b.batch',
      what: `keyed deltas accepted from NDJSON batches of ${BATCH.toLocaleString('en')}, on disk`,
      value: deltas / seconds,
      unit: 'deltas/s',
      target: { kind: 'value', min: 80_000 },
    },
  ];
}
