import { parseArgs } from 'node:util';
import { benchBatch } from './batch-bench.js';
import { measureCeilings } from './ceilings.js';
import { benchCompare, benchStatement } from './compare-bench.js';
import { benchDerive } from './derive-bench.js';
import { benchEmit } from './emit-bench.js';
import { benchKeys } from './key-bench.js';
import { benchEmitter, EMITTED } from './emitter-bench.js';
import { benchMatching } from './match-bench.js';
import { benchMemory } from './memory-bench.js';
import { benchGrowth } from './growth-bench.js';
import { benchEndToEnd, untilProjected } from './project-bench.js';
import { benchProofs } from './proof-bench.js';
import { benchRebuild } from './rebuild-bench.js';
import { benchSizes } from './size-bench.js';
import { benchTracing } from './trace-bench.js';
import { type Figure, isReached, printTable, writeResults } from './report.js';
import { benchSeal } from './seal-bench.js';
import { System } from './system.js';
import { benchWebhooks } from './webhook-bench.js';

const HELP = `npm run bench [-- options]

Measures the system on private servers, each figure as a ratio to a ceiling measured in the same run, and writes
bench/results/latest.json. Takes about four minutes; close what else uses the machine.

  --deltas N   deltas of the end-to-end run (300000)
  --matching   also: the CPU and the memory of matching 1,000,000 records against as many (a minute and a half more)
  --seal       also: a month of 100,000 customers with 1,000,000 deltas sealed at once (three minutes more)
  --webhooks   also: how many, how soon, one that hangs, and 1,000,000 that wait (seven minutes more)
  --large      also: the cost of a delta at 10,000,000 recorded against that at 1,000,000 (ten minutes more)
  --trace      also: single emits with tracing off, at its default, and with every trace kept (two minutes more)
  --sizes      also: bytes a delta in log, Postgres and Redis (half a minute more)
`;

const { values } = parseArgs({
  options: {
    deltas: { type: 'string', default: '300000' },
    large: { type: 'boolean', default: false },
    matching: { type: 'boolean', default: false },
    seal: { type: 'boolean', default: false },
    webhooks: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    sizes: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
} else {
  await main(Number(values.deltas), { large: values.large, seal: values.seal, webhooks: values.webhooks });
}

async function main(
  deltas: number,
  also: { readonly large: boolean; readonly seal: boolean; readonly webhooks: boolean },
): Promise<void> {
  const startedAt = new Date();
  const figures: Figure[] = [];
  const step = async (name: string, work: () => Promise<Figure[]>): Promise<void> => {
    console.log(`· ${name}`);
    try {
      figures.push(...(await work()));
    } catch (error) {
      // The other figures are still worth having; the run as a whole has failed.
      console.error(`  failed: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  };
  const system = await System.start();
  try {
    const ceilings = await measureCeilings(system);
    await system.startApp('gateway');
    await step('batches, accepted alone', () => benchBatch(system, deltas));
    const batchRate = figures.find((figure) => figure.id === 'b.batch')?.value ?? Number.NaN;
    await step("the SDK's emitter", () => benchEmitter(system, batchRate));
    await system.startApp('projector');
    console.log('· projecting what was accepted');
    await untilProjected(system, deltas + 100_000 + EMITTED);
    const atRest = new Map([...system.apps.keys()].map((name) => [name, system.memory(name).nowMb]));
    await step('single emits', () => benchEmit(system));
    await step('end to end', () => benchEndToEnd(system, deltas, ceilings));
    const rate = figures.find((figure) => figure.id === 'c.end-to-end.rate')?.value ?? 0;
    await step('derive at half load', () => benchDerive(system, rate));
    await step('keys', benchKeys);
    await step('compare at half load', () => benchCompare(system, rate));
    await step('memory', () => benchMemory(system, atRest));
    await step('rebuild', () => benchRebuild(system, rate));
  } finally {
    await system.stop();
  }
  await step('a statement against the ledger', () => benchStatement());
  await step('proofs', () => benchProofs());
  if (values.matching) await step('matching', () => benchMatching());
  if (also.seal) await step('seal of a month', () => benchSeal());
  if (also.webhooks) await step('webhooks', () => benchWebhooks());
  if (also.large) await step('growth to 10,000,000 deltas', benchGrowth);
  if (values.trace) await step('tracing', benchTracing);
  if (values.sizes) await step('sizes', benchSizes);
  printTable(figures);
  console.log(`\nwritten to ${writeResults(figures, startedAt)}`);
  if (process.exitCode === 1) console.log('a part of the run has failed: see above');
  const missed = figures.filter((figure) => isReached(figure) === false);
  if (missed.length > 0)
    console.log(`${missed.length} of the wanted figures are missed: see docs/benchmarks.md`);
}
