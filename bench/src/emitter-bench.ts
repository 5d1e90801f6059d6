import { PacSpace } from '@pacspace-io/sdk';
import type { Figure } from './report.js';
import type { System } from './system.js';

const WARM_UP = 50_000;
const MEASURED = 200_000;
const CUSTOMERS = 1_000;

/** Deltas that this leaves in the log. */
export const EMITTED = WARM_UP + MEASURED;

/**
 * (s) Deltas that one process gives to the SDK's buffering emitter, from the first `emit` until `close` has said that all
 * are durable; the projector not running, as in (b), whose rate from bodies made beforehand is the ceiling.
 */
export async function benchEmitter(system: System, batchPerSecond: number): Promise<Figure[]> {
  const { baseUrl = '' } = system.apps.get('gateway') ?? {};
  const { balance } = new PacSpace({ apiKey: system.apiKey, baseUrl });
  const emit = async (from: number, count: number): Promise<number> => {
    const emitter = balance.emitter();
    const startedAt = performance.now();
    for (let i = from; i < from + count; i += 1) {
      const hasRoom = emitter.emit({
        customerId: `customer_${i % CUSTOMERS}`,
        delta: 1 + ((i * 7919) % 4096),
        reason: 'tokens.generated',
        referenceId: `emitted-${i}`,
      });
      if (!hasRoom) await emitter.ready();
    }
    const { recorded } = await emitter.close();
    if (recorded !== count) throw new Error(`only ${recorded} of ${count} deltas are recorded`);
    return (performance.now() - startedAt) / 1000;
  };
  await emit(0, WARM_UP);
  const cpuBefore = process.cpuUsage();
  const seconds = await emit(WARM_UP, MEASURED);
  const cpu = process.cpuUsage(cpuBefore);
  return [
    {
      id: 's.emitter',
      what: "keyed deltas recorded through the SDK's buffering emitter, from one process",
      value: MEASURED / seconds,
      unit: 'deltas/s',
      ceiling: { what: 'the same from batches made beforehand (b)', value: batchPerSecond },
      target: { kind: 'value', min: 50_000 },
    },
    {
      id: 's.emitter.cpu',
      what: 'CPU of that process, a delta',
      value: (cpu.user + cpu.system) / MEASURED,
      unit: 'µs',
    },
  ];
}
