import { checkRun } from './check-run.js';
import { Fleet } from './fleet.js';
import { Journal } from './journal.js';
import { refold } from './refold.js';
import { SimProducer } from './sim-producer.js';
import { readStrongly } from './sim-reader.js';
import { Weather } from './weather.js';
import { type Breakage, World } from './world.js';

const PRODUCERS = 3;
const STORM_STEPS = 500;
const MOST_STEPS = 20_000;
const REFOLDS = 1;

/** What a run went through, to see that runs are worth anything. */
export interface RunSummary {
  readonly steps: number;
  readonly envelopes: number;
  readonly entries: number;
  readonly reads: number;
  readonly trace: readonly string[];
}

/**
 * Plays one run of the write path: producers send and read while gateways, projectors and stores fail; then the weather
 * calms down, everything comes to rest without help, and what is left is held against what was promised.
 *
 * @throws when a promise is broken, with the seed in the message.
 */
export async function runSimulation(seed: number, breakage?: Breakage): Promise<RunSummary> {
  const world = new World(seed, 1 + (seed % 3), breakage);
  const { scheduler, ledger, log } = world;
  const journal = new Journal();
  try {
    await play(world, journal);
    checkRun(world, journal);
    for (let i = 0; i < REFOLDS; i += 1) await refold(world, seed + 7_919 * (i + 1));
  } catch (cause) {
    const last = scheduler.trace.slice(-40).join('\n  ');
    throw new Error(`SEED=${seed} breaks a promise: ${String(cause)}\n  …\n  ${last}`, { cause });
  }
  const { steps, trace } = scheduler;
  const entries = ledger.tables.entries.size;
  return { steps, envelopes: log.messages.length, entries, reads: journal.reads.length, trace };
}

async function play(world: World, journal: Journal): Promise<void> {
  const { scheduler } = world;
  const fleet = new Fleet(world);
  const weather = new Weather(world, fleet);
  const producers = Array.from(
    { length: PRODUCERS },
    (_, i) => new SimProducer(`producer ${i + 1}`, world, journal, fleet.gateways),
  );
  const running = Promise.all(
    producers.map((producer) =>
      producer.run((process, customerId) => readStrongly(world, journal, { process, customerId })),
    ),
  );
  const stormEnds = (): boolean => scheduler.steps >= STORM_STEPS;
  await Promise.race([scheduler.run(weather.blow, stormEnds, MOST_STEPS), failureOf(running)]);
  weather.calm();
  await Promise.race([
    scheduler.run(
      () => undefined,
      () => false,
      MOST_STEPS,
    ),
    failureOf(running),
  ]);
  const stuck = producers.filter(({ finished }) => !finished);
  if (stuck.length > 0) throw new Error('everything has come to rest, and a producer still waits');
  for (const { commit, process } of fleet.gateways()) {
    const { deltas, size } = commit.level();
    if (deltas !== 0 || size !== 0) throw new Error(`${process.name} holds ${deltas} deltas for ever`);
  }
}

/** Rejects when the producers fail; never resolves. */
function failureOf(running: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => void running.catch(reject));
}
