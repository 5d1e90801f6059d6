import { laneOf } from '@pacspace/domain';
import { findUntoldReports, markReportsTold } from '@pacspace/ledger';
import { type DeltaLog, publishFact } from '@pacspace/log';
import type pg from 'pg';

const PAGE = 500;

/**
 * Tells of reports that are kept, to whoever delivers events: each at least once. Which ones are told is kept with
 * them, so that a process that dies in between leaves it to the next; several of them tell the same under one id.
 *
 * @returns how many reports were told of; 0 when all have been.
 */
export async function tellReports(log: DeltaLog, writers: pg.Pool): Promise<number> {
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
