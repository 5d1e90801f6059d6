import { type Amount, formatAmount } from '@pacspace/domain';
import type pg from 'pg';
import { COPY_NULL, copyText } from '../copy-text.js';
import { CopyWriter } from '../copy-stream.js';
import { withTransaction } from '../with-transaction.js';
import { attachPartition, fillPartition } from './partition.js';
import { type Attempt, keepReport } from './report-runs.js';
import type { CellClass } from './sum-findings.js';

/** What records of both sides were found to be. `class`, `means`, `cause`: see the table. */
export interface FindingRow {
  readonly class: number;
  readonly means: number;
  readonly cause: number | undefined;
  readonly atMs: number | undefined;
  readonly contribution: Amount;
  /** Indexes of entries. */
  readonly here: readonly number[];
  /** Rows of the statement. */
  readonly there: readonly number[];
  readonly reason: string | undefined;
  /** JSON. */
  readonly dimensions: string | undefined;
}

/** Findings of one class, hour and value, summed. */
export interface BreakdownCellRow extends CellClass {
  readonly slicing: string;
  readonly startMs: number | undefined;
  readonly value: string | undefined;
  readonly isOther: boolean;
}

export interface MadeReport {
  /** JSON. */
  readonly body: string;
  readonly breakdown: Iterable<BreakdownCellRow>;
  readonly nowMs: number;
}

/**
 * Writes a report with all its findings, and makes them visible in one moment.
 *
 * @param make gives the findings to what it is given, as they come, and says at the end what the report is.
 * @throws when `make` does, or somebody else has begun the report since; nothing is written then.
 */
export async function writeReport(
  pool: pg.Pool,
  attempt: Attempt,
  make: (write: (findings: readonly FindingRow[]) => Promise<void>) => Promise<MadeReport>,
): Promise<void> {
  const { number } = attempt;
  const partition = { parent: 'finding', key: 'report_no', columns: COLUMNS, ...attempt } as const;
  await withTransaction(pool, async (client) => {
    let next = 0;
    const made = await fillPartition(client, partition, (writer) =>
      make((findings) => {
        let lines = '';
        for (const finding of findings) lines += findingLine(finding, number, next++);
        return writer.write(lines);
      }),
    );
    await writeBreakdown(client, number, made.breakdown);
    // First of all: who has been overtaken meanwhile hears of it here.
    await keepReport(client, attempt, { state: 'done', body: made.body, nowMs: made.nowMs });
    await attachPartition(client, partition);
  });
}

const COLUMNS = `report_no, number, at_ms, here, there, class, means, cause, contribution, reason, dimensions,
  here_others, there_others`;

function findingLine(row: FindingRow, reportNo: number, number: number): string {
  const { here, there } = row;
  return (
    `${reportNo}\t${number}\t${row.atMs ?? COPY_NULL}\t${here[0] ?? COPY_NULL}\t${there[0] ?? COPY_NULL}\t` +
    `${row.class}\t${row.means}\t${row.cause ?? COPY_NULL}\t${formatAmount(row.contribution)}\t` +
    `${optional(row.reason)}\t${optional(row.dimensions)}\t${othersOf(here)}\t${othersOf(there)}\n`
  );
}

function othersOf(positions: readonly number[]): string {
  return positions.length > 1 ? `{${positions.slice(1).join(',')}}` : COPY_NULL;
}

const BREAKDOWN_TARGET = `compare.breakdown (report_no, slicing, start_ms, value, is_other, class, findings, here_count,
  here_sum, there_count, there_sum, contribution)`;

async function writeBreakdown(
  client: pg.ClientBase,
  reportNo: number,
  cells: Iterable<BreakdownCellRow>,
): Promise<void> {
  const writer = new CopyWriter(client, BREAKDOWN_TARGET);
  for (const cell of cells) {
    await writer.write(
      `${reportNo}\t${copyText(cell.slicing)}\t${cell.startMs ?? COPY_NULL}\t${optional(cell.value)}\t` +
        `${cell.isOther ? 't' : 'f'}\t${cell.class}\t${cell.findings}\t${cell.here.count}\t` +
        `${formatAmount(cell.here.sum)}\t${cell.there.count}\t${formatAmount(cell.there.sum)}\t` +
        `${formatAmount(cell.contribution)}\n`,
    );
  }
  await writer.end();
}

function optional(text: string | undefined): string {
  return text === undefined ? COPY_NULL : copyText(text);
}
