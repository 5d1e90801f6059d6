import { laneOf } from '@pacspace/domain';
import { connectLog, type DeltaLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import { type EncodedDelta, encodeEnvelope } from '@pacspace/wire';
import { cpuSeconds } from './cpu.js';
import { encodeUsage } from './encode-usage.js';
import { untilProjected } from './project-bench.js';
import type { Figure } from './report.js';
import { System } from './system.js';

const STEP = 500_000;
const SMALL = 1_000_000;
const LARGE = 10_000_000;
const CUSTOMERS = 1_000;
const ENVELOPE = 1_000;

/**
 * What a delta costs to project when 10,000,000 are recorded against when 1,000,000 are: CPU of projector and Postgres,
 * and seconds on the clock, for a step of half a million around each size. The log is filled first and the projector
 * then started, so that nothing else of the system runs.
 */
export async function benchGrowth(): Promise<Figure[]> {
  const system = await System.start({ sharedBuffersMb: 2_048 });
  try {
    const connection = await connectLog({ url: system.env['NATS_URL'] ?? '', name: 'bench' });
    const log = await openDeltaLog(connection, { lanes: Number(system.env['LANES']) });
    const steps = new Map<number, Step>();
    for (let recorded = 0; recorded < LARGE + STEP; recorded += STEP) {
      await fill(log, recorded, STEP);
      const step = await projectStep(system, recorded + STEP);
      steps.set(recorded, step);
      const at = (recorded + STEP).toLocaleString('en');
      console.log(
        `  ${at} recorded, the last step in ${step.seconds.toFixed(1)} s, ${step.cpu.toFixed(1)} s of CPU`,
      );
    }
    await connection.close();
    return [
      compare(steps, 'cpu', { id: 'g.growth', what: 'CPU', target: { kind: 'ratio', max: 1.2 } }),
      compare(steps, 'seconds', { id: 'g.growth.seconds', what: 'seconds' }),
    ];
  } finally {
    await system.stop();
  }
}

/** Seconds, of CPU and on the clock. */
interface Step {
  readonly cpu: number;
  readonly seconds: number;
}

async function projectStep(system: System, entries: number): Promise<Step> {
  const cpuBefore = cpuSeconds(system.postgresPid);
  const startedAt = performance.now();
  const projector = await system.startApp('projector');
  await untilProjected(system, entries);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuSeconds(projector.pid) + cpuSeconds(system.postgresPid) - cpuBefore;
  await system.stopApp('projector');
  return { cpu, seconds };
}

function compare(
  steps: ReadonlyMap<number, Step>,
  measure: keyof Step,
  { what, ...rest }: Pick<Figure, 'id' | 'what' | 'target'>,
): Figure {
  const [small, large] = [SMALL, LARGE].map((size) => steps.get(size)?.[measure] ?? Number.NaN);
  const [step, before] = [STEP, LARGE].map((count) => count.toLocaleString('en'));
  return {
    ...rest,
    what: `${what} for ${step} deltas, ${before} recorded before them`,
    value: large ?? Number.NaN,
    unit: 's',
    ceiling: { what: `${SMALL.toLocaleString('en')} before them`, value: small ?? Number.NaN },
  };
}

/** Envelopes straight into the log: over HTTP the producer would be the most of what is measured. */
async function fill(log: DeltaLog, first: number, count: number): Promise<void> {
  const lanes: EncodedDelta[][] = Array.from({ length: log.lanes }, () => []);
  let published = 0;
  const publish = async (lane: number): Promise<void> => {
    const group = lanes[lane] ?? [];
    if (group.length === 0) return;
    lanes[lane] = [];
    const publishId = `bench-${first}-${lane}-${published++}`;
    await publishEnvelope(log, { lane, publishId, payload: encodeEnvelope(publishId, group) }, 10_000);
  };
  for (let i = first; i < first + count; i += 1) {
    const customerId = `customer_${i % CUSTOMERS}`;
    const lane = laneOf('env_bench', customerId, log.lanes);
    lanes[lane]?.push(encode(customerId, i));
    if (lanes[lane]?.length === ENVELOPE) await publish(lane);
  }
  for (let lane = 0; lane < log.lanes; lane += 1) await publish(lane);
}

function encode(customerId: string, number: number): EncodedDelta {
  return encodeUsage({
    ...{ environmentId: 'env_bench', customerId },
    ...{ key: `key-${number}`, referenceId: `req-${number}` },
    amount: 1 + (number % 4096),
  });
}
