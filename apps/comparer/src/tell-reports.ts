import { laneOf } from '@pacspace/domain';
import { findUntoldReports, markReportsTold } from '@pacspace/ledger';
import { type DeltaLog, publishFact } from '@pacspace/log';
import { type HealthCheck, type Logger, sleep } from '@pacspace/service';
import type pg from 'pg';

export interface TellingTools {
  readonly log: DeltaLog;
  readonly writers: pg.Pool;
  readonly logger: Logger;
  readonly health: HealthCheck;
}

const PAGE = 500;
const TELL_EVERY_MS = 500;

/**
 * Tells of the reports that are kept, to whoever delivers events: each at least once. Which ones are told is kept with
 * them, so that a process that dies in between leaves it to the next; several of them tell the same under one id.
 */
export class ReportTeller {
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
      while ((await this.tellNext()) === PAGE);
      health.ok();
    } catch (error) {
      if (health.state === 'ok') logger.warn({ err: error }, 'reports cannot be told of now');
      health.degraded(`reports cannot be told of: ${String(error)}`);
    }
  }

  private async tellNext(): Promise<number> {
    const { log, writers } = this.tools;
    const untold = await findUntoldReports(writers, PAGE);
    for (const { reportId, environmentId, customerId, finishedAtMs: madeAtMs } of untold) {
      // What concerns no customer goes where the empty id would.
      const lane = laneOf(environmentId, customerId ?? '', log.lanes);
      const fact = { v: 1, kind: 'compared', environmentId, customerId, reportId, madeAtMs } as const;
      await publishFact(log, lane, { id: `compared-${reportId}`, fact });
    }
    if (untold.length > 0) {
      await markReportsTold(
        writers,
        untold.map(({ number }) => number),
      );
    }
    return untold.length;
  }
}
