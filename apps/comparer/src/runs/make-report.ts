import {
  type Attempt,
  beginReport,
  failReport,
  findStatementByNumber,
  noteReportProgress,
  putReportBack,
  type StoredReport,
  type StoredStatement,
  writeReport,
} from '@pacspace/ledger';
import { matchRecords, ReconcileError } from '@pacspace/reconcile';
import { ApiError, statementRunRequest } from '@pacspace/wire';
import { formatReport } from './format-report.js';
import { Heartbeat } from './heartbeat.js';
import { openSides } from './open-sides.js';
import { MOST_ATTEMPTS, type RunTools } from './run-tools.js';
import { toBreakdownRow, toFindingRow } from './to-rows.js';

type Run = StoredReport & Attempt;

/** Makes the report of a statement, or says why there can be none; `later`: the statement is not read yet. */
export async function runReport(tools: RunTools, number: number): Promise<'done' | 'later'> {
  const { now, writers } = tools;
  const run = await beginReport(writers, number, now());
  if (run === undefined) return 'done';
  if (run.attempt > MOST_ATTEMPTS) {
    await fail(tools, run, `making it was begun ${MOST_ATTEMPTS} times and never came to an end`);
    return 'done';
  }
  const statement = await findStatementByNumber(writers, run.statementNo ?? 0);
  if (statement === undefined || statement.state === 'refused') {
    await fail(tools, run, 'the statement was refused: it says why');
    return 'done';
  }
  if (statement.state !== 'ready') {
    await putReportBack(writers, run);
    return 'later';
  }
  try {
    await make(tools, run, statement);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) {
      if (!isNoFaultOfIts(error, tools)) throw error;
      await putReportBack(writers, run);
      return 'later';
    }
    await fail(tools, run, reason);
  }
  return 'done';
}

/** What asking again would not change. Everything else is tried again. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof ReconcileError && error.code === 'TOO_MANY_UNMATCHED') return error.message;
  if (error instanceof ApiError && error.code !== 'UNAVAILABLE' && error.code !== 'INTERNAL')
    return error.message;
  return undefined;
}

/** A ledger that is behind, or a comparer that is about to stop: no attempt that counts against the work. */
function isNoFaultOfIts(error: unknown, { stopping }: RunTools): boolean {
  return stopping.aborted || (error instanceof ApiError && error.code === 'UNAVAILABLE');
}

async function fail({ now, writers }: RunTools, run: Run, reason: string): Promise<void> {
  const nowMs = now();
  const body = JSON.stringify({ reason });
  await failReport(writers, run, { body, nowMs });
}

async function make(tools: RunTools, run: Run, statement: StoredStatement): Promise<void> {
  const { now, runs, stopping, writers } = tools;
  const request = statementRunRequest.parse(JSON.parse(run.request));
  const progress = { stage: 'waiting', yours: 0, theirs: 0, findings: 0 };
  const heartbeat = new Heartbeat(
    () => noteReportProgress(writers, run, { progress, nowMs: now() }),
    stopping,
  );
  try {
    using sides = await openSides(tools, { request, statement, progress });
    await writeReport(runs, run, async (write) => {
      progress.stage = 'matching';
      const report = await matchRecords(sides, sides.options, async (findings) => {
        heartbeat.signal.throwIfAborted();
        progress.findings += findings.length;
        await write(findings.map(toFindingRow));
      });
      progress.stage = 'keeping';
      const nowMs = now();
      const body = await formatReport(tools, { run, request, statement, sides, report, nowMs });
      return {
        body: JSON.stringify(body),
        breakdown: [...report.breakdown.rows()].map(toBreakdownRow),
        nowMs,
      };
    });
  } finally {
    await heartbeat.stop();
  }
}
