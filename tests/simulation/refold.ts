import assert from 'node:assert/strict';
import { Fleet } from './fleet.js';
import { Weather } from './weather.js';
import { World } from './world.js';

const STORM_STEPS = 150;
const MOST_STEPS = 20_000;

/**
 * Folds the log of a run once more, by other projectors, in other turns, with other crashes: the ledger must come out
 * equal, bit for bit, trees and all.
 */
export async function refold(original: World, seed: number): Promise<void> {
  const world = new World(seed, original.lanes);
  world.log.messages.push(...original.log.messages);
  const fleet = new Fleet(world);
  const weather = new Weather(world, fleet, { writesToLog: false });
  const { scheduler } = world;
  await scheduler.run(weather.blow, () => scheduler.steps >= STORM_STEPS, MOST_STEPS);
  weather.calm();
  await scheduler.run(
    () => undefined,
    () => false,
    MOST_STEPS,
  );
  const again = world.ledger.tables.describe();
  const rows = new Set(original.ledger.tables.describe());
  const others = again.filter((row) => !rows.has(row));
  const told = `folded again with seed ${seed}, the same log gives another ledger`;
  assert.deepEqual({ count: again.length, others }, { count: rows.size, others: [] }, told);
}
