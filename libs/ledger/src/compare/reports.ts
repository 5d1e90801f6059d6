import type pg from 'pg';
import { toOptionalNumber } from '../reads/nullable.js';

export type ReportKind = 'balances' | 'statement';
export type ReportState = 'queued' | 'running' | 'done' | 'failed';

/** A comparison that was asked for, and its report once there is one. */
export interface StoredReport {
  readonly number: number;
  readonly reportId: string;
  readonly environmentId: string;
  /** Undefined: all of the environment. */
  readonly customerId: string | undefined;
  readonly kind: ReportKind;
  readonly state: ReportState;
  readonly statementNo: number | undefined;
  readonly askedAtMs: number;
  readonly finishedAtMs: number | undefined;
  /** JSON: how far it is, while it is being made. */
  readonly progress: string | undefined;
  /** JSON: what was asked. */
  readonly request: string;
  /** JSON: the answer, when done; why there is none, when failed. */
  readonly body: string | undefined;
}

export type NewReport = Pick<
  StoredReport,
  'reportId' | 'environmentId' | 'customerId' | 'kind' | 'statementNo' | 'askedAtMs' | 'request'
> & {
  /** Present: it is done already. */
  readonly body?: string;
};

/** Keeps a report under its id. Asked for again, the first one stays: @returns whichever is kept. */
export async function insertReport(pool: pg.Pool, report: NewReport): Promise<StoredReport> {
  const { body } = report;
  const { rows } = await pool.query<ReportRow>({
    name: 'insert-report',
    text: `INSERT INTO compare.report
             (report_id, environment_id, customer_id, kind, state, statement_no, asked_at_ms, touched_at_ms,
              finished_at_ms, request, body)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)
           ON CONFLICT (report_id) DO NOTHING RETURNING ${REPORT_COLUMNS}`,
    values: [
      report.reportId,
      report.environmentId,
      report.customerId ?? null,
      report.kind,
      body === undefined ? 'queued' : 'done',
      report.statementNo ?? null,
      report.askedAtMs,
      body === undefined ? null : report.askedAtMs,
      report.request,
      body ?? null,
    ],
  });
  const kept = rows[0] ? toReport(rows[0]) : await findReport(pool, report);
  if (kept === undefined) throw new Error(`report ${report.reportId} is that of another environment`);
  return kept;
}

export async function findReport(
  pool: pg.Pool,
  { environmentId, reportId }: { readonly environmentId: string; readonly reportId: string },
): Promise<StoredReport | undefined> {
  const { rows } = await pool.query<ReportRow>(
    `SELECT ${REPORT_COLUMNS} FROM compare.report WHERE report_id = $1 AND environment_id = $2`,
    [reportId, environmentId],
  );
  return rows[0] && toReport(rows[0]);
}

export interface ReportQuery {
  readonly environmentId: string;
  readonly customerId?: string | undefined;
  readonly kind?: ReportKind | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** An environment's reports, the latest first. */
export async function listReports(pool: pg.Pool, query: ReportQuery): Promise<StoredReport[]> {
  const { text, values } = whereListed(query);
  const { rows } = await pool.query<ReportRow>(
    `SELECT ${REPORT_COLUMNS} FROM compare.report WHERE ${text} ORDER BY number DESC LIMIT $${values.length + 1}
     OFFSET $${values.length + 2}`,
    [...values, query.limit, query.offset],
  );
  return rows.map(toReport);
}

/** How many there are, up to `most`: counting ends there. */
export async function countReports(
  pool: pg.Pool,
  query: Omit<ReportQuery, 'limit' | 'offset'> & { readonly most: number },
): Promise<number> {
  const { text, values } = whereListed(query);
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int4 AS count FROM (SELECT FROM compare.report WHERE ${text} LIMIT $${values.length + 1}) t`,
    [...values, query.most],
  );
  return rows[0]?.count ?? 0;
}

function whereListed(query: Omit<ReportQuery, 'limit' | 'offset'>): {
  readonly text: string;
  readonly values: (string | number)[];
} {
  const values: (string | number)[] = [query.environmentId];
  let text = 'environment_id = $1';
  if (query.customerId !== undefined) text += ` AND customer_id = $${values.push(query.customerId)}`;
  if (query.kind !== undefined) text += ` AND kind = $${values.push(query.kind)}`;
  return { text, values };
}

export const REPORT_COLUMNS = `number, report_id, environment_id, customer_id, kind, state, statement_no, asked_at_ms, finished_at_ms,
  request, body, progress`;

export interface ReportRow {
  number: string;
  report_id: string;
  environment_id: string;
  customer_id: string | null;
  kind: ReportKind;
  state: ReportState;
  statement_no: number | null;
  asked_at_ms: string;
  finished_at_ms: string | null;
  request: string;
  body: string | null;
  progress: string | null;
}

export function toReport(row: ReportRow): StoredReport {
  return {
    number: Number(row.number),
    reportId: row.report_id,
    environmentId: row.environment_id,
    customerId: row.customer_id ?? undefined,
    kind: row.kind,
    state: row.state,
    statementNo: row.statement_no ?? undefined,
    askedAtMs: Number(row.asked_at_ms),
    finishedAtMs: toOptionalNumber(row.finished_at_ms),
    request: row.request,
    body: row.body ?? undefined,
    progress: row.progress ?? undefined,
  };
}
