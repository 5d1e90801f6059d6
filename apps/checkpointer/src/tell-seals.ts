import { findUntoldSeals, markSealsTold, type UntoldSeals } from '@pacspace/ledger';
import { type DeltaLog, publishFact } from '@pacspace/log';
import { type HealthCheck, type Logger, sleep } from '@pacspace/service';
import type pg from 'pg';

export interface TellingTools {
  readonly log: DeltaLog;
  readonly writers: pg.Pool;
  readonly logger: Logger;
  readonly health: HealthCheck;
}

const PAGE = 4_096;
const TELL_EVERY_MS = 500;

/**
 * Tells of the seals that a signed head covers, to whoever delivers events: in log order, each at least once. How far it
 * has come is kept with the log, so that a process that dies between a head and the telling leaves it to the next.
 */
export class SealTeller {
  constructor(private readonly tools: TellingTools) {}

  /** Tells until the signal, and once more then. */
  async run(signal: AbortSignal): Promise<void> {
    do await this.attempt();
    while (await sleep(TELL_EVERY_MS, signal));
    await this.attempt();
  }

  private async attempt(): Promise<void> {
    const { health, logger } = this.tools;
    try {
      while ((await this.tellNext()) > 0);
      health.ok();
    } catch (error) {
      if (health.state === 'ok') logger.warn({ err: error }, 'seals cannot be told of now');
      health.degraded(`seals cannot be told of: ${String(error)}`);
    }
  }

  /** @returns how many seals were told of. */
  async tellNext(): Promise<number> {
    const { writers } = this.tools;
    let told = 0;
    for (const untold of await findUntoldSeals(writers, PAGE)) {
      await this.tell(untold);
      told += untold.seals.length;
    }
    return told;
  }

  private async tell({ logNo, environmentId, toldSize, seals }: UntoldSeals): Promise<void> {
    const { log, writers } = this.tools;
    const size = toldSize + seals.length;
    // A customer's number says which lane it is of: see the fold, which gives it.
    const byLane = Map.groupBy(seals, ({ customerNo }) => customerNo % log.lanes);
    for (const [lane, ofLane] of byLane) {
      const logIndexes = ofLane.map(({ logIndex }) => logIndex);
      const id = `sealed-${logNo}-${toldSize}-${size}-${lane}`;
      await publishFact(log, lane, { id, fact: { v: 1, kind: 'sealed', environmentId, logNo, logIndexes } });
    }
    await markSealsTold(writers, logNo, size);
  }
}
