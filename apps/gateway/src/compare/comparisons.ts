import { randomBytes } from 'node:crypto';
import { NatsRecordBuilder } from '@nestjs/microservices';
import { headers } from '@nats-io/transport-node';
import type { RequestClient } from '@pacspace/bus';
import { formatTime } from '@pacspace/domain';
import { countReports, findReport, listReports, type ReportQuery, type StoredReport } from '@pacspace/ledger';
import {
  ApiError,
  type BalancesReply,
  type BalancesRequest,
  COMPARE_BALANCES,
  type CompareRefused,
  HEADER_TRACEPARENT,
  type StatementRunRequest,
} from '@pacspace/wire';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';
import type { Reads } from '../reads/reads.js';

/** Whoever has been asked and does not answer may be dead; the report's id makes asking another one harmless. */
const TRIES = 3;
const TIMEOUT_MS = 6_000;

/** Counting a list ends here. */
const MOST_COUNTED = 100_000;

/** Comparisons: made by the comparer, read where they are stored. */
export class Comparisons {
  constructor(
    private readonly client: RequestClient,
    readonly reads: Reads,
  ) {}

  /** Holds two totals against the ledger. @throws ApiError */
  async compareBalances(request: Omit<BalancesRequest, 'reportId'>, traceparent: string): Promise<object> {
    const reply = await this.ask<BalancesReply>(
      COMPARE_BALANCES,
      { ...request, reportId: newReportId() },
      traceparent,
    );
    return reply.report;
  }

  /** @throws ApiError what the comparer refuses with; UNAVAILABLE when none answers. */
  private async ask<Reply extends { readonly ok: true } | CompareRefused>(
    pattern: string,
    request: object,
    traceparent: string,
  ): Promise<Extract<Reply, { readonly ok: true }>> {
    const traced = headers();
    traced.set(HEADER_TRACEPARENT, traceparent);
    const record = new NatsRecordBuilder(request).setHeaders(traced).build();
    let cause: unknown;
    for (let left = TRIES; left > 0; left -= 1) {
      try {
        const asked = this.client.send<Reply>(pattern, record).pipe(timeout(TIMEOUT_MS));
        const reply: Reply = await firstValueFrom(asked);
        return accept(reply);
      } catch (error) {
        if (error instanceof ApiError) throw error;
        cause = error;
        if (error instanceof TimeoutError) continue;
        break;
      }
    }
    // Nobody listens, the bus is away, or the comparer is about to stop.
    throw new ApiError('UNAVAILABLE', 'comparisons cannot be made now', { retryAfterSeconds: 2, cause });
  }

  /** @throws ApiError NOT_FOUND */
  async findReport(environmentId: string, reportId: string): Promise<StoredReport> {
    const report = await findReport(this.reads.pool, { environmentId, reportId });
    if (report !== undefined) return report;
    throw new ApiError('NOT_FOUND', `there is no report ${reportId.slice(0, 64)}`);
  }

  /** The environment's reports, the latest first. */
  async list(query: ReportQuery) {
    const { pool } = this.reads;
    const reports = await listReports(pool, query);
    const total = await countReports(pool, { ...query, most: MOST_COUNTED });
    const { limit, offset } = query;
    return {
      comparisons: reports.map(formatReport),
      // A longer list is not counted to its end.
      pagination: { total, limit, offset, ...(total === MOST_COUNTED && { totalIsAtLeast: true }) },
    };
  }
}

function accept<Reply extends { readonly ok: true } | CompareRefused>(
  reply: Reply,
): Extract<Reply, { readonly ok: true }> {
  if (reply.ok) return reply as Extract<Reply, { readonly ok: true }>;
  const { code, message, retryAfterSeconds } = reply;
  throw new ApiError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

export function newReportId(): string {
  return `cmp_${randomBytes(16).toString('hex')}`;
}

/** A report as it is answered; while it is being made, how things stand. */
export function formatReport(report: StoredReport): object {
  const { body, progress, state } = report;
  if (state === 'done' && body !== undefined) return JSON.parse(body) as object;
  return {
    reportId: report.reportId,
    kind: report.kind,
    reportState: state,
    customerId: report.customerId ?? null,
    ...(report.kind === 'statement' && (JSON.parse(report.request) as StatementRunRequest)),
    ...(progress !== undefined && { progress: JSON.parse(progress) as object }),
    // Why there is none.
    ...(body !== undefined && { failure: JSON.parse(body) as object }),
    createdAt: formatTime(report.askedAtMs),
    ...(report.finishedAtMs !== undefined && { finishedAt: formatTime(report.finishedAtMs) }),
  };
}
