import { findUntoldSeals, markSealsTold, type UntoldSeals } from '@pacspace/ledger';
import { type DeltaLog, publishFact } from '@pacspace/log';
import type pg from 'pg';

const PAGE = 4_096;

/**
 * Tells of seals that a signed head covers, to whoever delivers events: in log order, each at least once. How far this
 * has come is kept with the log, so that a process that dies between a head and the telling leaves it to the next.
 *
 * @returns how many seals were told of; 0 when all have been.
 */
export async function tellSeals(log: DeltaLog, writers: pg.Pool): Promise<number> {
  let told = 0;
  for (const untold of await findUntoldSeals(writers, PAGE)) {
    await tell(log, untold);
    await markSealsTold(writers, untold.logNo, untold.toldSize + untold.seals.length);
    told += untold.seals.length;
  }
  return told;
}

async function tell(log: DeltaLog, { logNo, environmentId, toldSize, seals }: UntoldSeals): Promise<void> {
  const size = toldSize + seals.length;
  // A customer's number says which lane it is of: see the fold, which gives it.
  const byLane = Map.groupBy(seals, ({ customerNo }) => customerNo % log.lanes);
  for (const [lane, ofLane] of byLane) {
    const logIndexes = ofLane.map(({ logIndex }) => logIndex);
    const id = `sealed-${logNo}-${toldSize}-${size}-${lane}`;
    await publishFact(log, lane, { id, fact: { v: 1, kind: 'sealed', environmentId, logNo, logIndexes } });
  }
}
