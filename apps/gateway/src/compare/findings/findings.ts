import { formatTime } from '@pacspace/domain';
import {
  type CellClass,
  type FindingQuery,
  readFindings,
  readFoundEntries,
  readFoundRows,
  type StoredFinding,
  type StoredReport,
  sumFindings,
  type SummedCell,
} from '@pacspace/ledger';
import { formatFoundEntry, formatFoundRow } from '@pacspace/reads';
import { FINDING_CLASSES } from '@pacspace/reconcile';
import type { StatementMapping } from '@pacspace/tabular';
import { amountFields, FINDING_MEANS } from '@pacspace/wire';
import { type z } from 'zod';
import type pg from 'pg';
import { invalid } from '../../reads/query.js';
import { DIFFERING, type FindingParams, SUMMARY_PAGE, type summaryParams } from './finding-params.js';

/** Findings read at once when all of them are wanted. */
const EXPORT_PAGE = 1_000;

/** What a finished report of a statement says of how it was made, as far as its findings need it. */
interface Body {
  readonly statement?: { readonly reading: StatementMapping };
}

/** What was found, level by level, down to the records of both sides. A report of totals has no findings. */
export class Findings {
  private readonly dimensions: readonly string[];

  constructor(
    private readonly pool: pg.Pool,
    private readonly report: StoredReport,
  ) {
    const { statement } = JSON.parse(report.body ?? '{}') as Body;
    this.dimensions = statement?.reading.dimensionColumns ?? [];
  }

  /** One page of them, and where the next one begins. */
  async page(params: FindingParams) {
    const { limit = 100, cursor = -1 } = params;
    const found = await this.read(this.queryOf(params, cursor, limit + 1));
    const findings = found.slice(0, limit);
    const last = findings.at(-1);
    const more = found.length > limit && last !== undefined;
    return { findings, pagination: { limit, ...(more && { nextCursor: String(last.number) }) } };
  }

  /** All of them, page after page. They never change, so nothing has to be held meanwhile. */
  async *all(params: FindingParams): AsyncGenerator<FormattedFinding[]> {
    for (let after = params.cursor ?? -1; ;) {
      const found = await this.read(this.queryOf(params, after, EXPORT_PAGE));
      if (found.length > 0) yield found;
      const last = found.at(-1);
      if (found.length < EXPORT_PAGE || last === undefined) return;
      after = last.number;
    }
  }

  /** A level's cells, each the exact sum of what is in it. */
  async summary(params: z.output<typeof summaryParams>) {
    const { level = 'month', by, from: fromMs, to: toMs } = params;
    const { limit = SUMMARY_PAGE.default, offset = 0 } = params;
    if (by !== undefined && by !== 'reason') this.placeOf(by.slice('metadata.'.length), 'by');
    const slicing = by?.startsWith('metadata.') === true ? by.slice('metadata.'.length) : (by ?? 'time');
    const reportNo = this.report.number;
    const cells = await sumFindings(this.pool, {
      ...{ reportNo, level, slicing, fromMs, toMs, offset },
      limit: limit + 1,
    });
    return {
      level,
      ...(by !== undefined && { by }),
      cells: cells.slice(0, limit).map(formatCell),
      pagination: { limit, offset, hasMore: cells.length > limit },
    };
  }

  private queryOf(params: FindingParams, after: number, limit: number): FindingQuery {
    const { class: classes = DIFFERING, cause, from: fromMs, to: toMs, reason, dimension, value } = params;
    if ((dimension === undefined) !== (value === undefined)) {
      throw invalid([{ path: 'value', message: 'must be given together with dimension' }]);
    }
    return {
      ...{ cause, fromMs, toMs, reason, after, limit },
      reportNo: this.report.number,
      ...(classes !== FINDING_CLASSES && { classes: classes.map((one) => FINDING_CLASSES.indexOf(one)) }),
      ...(dimension !== undefined &&
        value !== undefined && { dimension: { place: this.placeOf(dimension, 'dimension'), value } }),
    };
  }

  private placeOf(name: string, path: string): number {
    const place = this.dimensions.indexOf(name);
    if (place >= 0) return place;
    const known = this.dimensions.map((one) => `metadata.${one}`).join(', ') || 'none';
    throw invalid([{ path, message: `must be a dimension of the statement: it has ${known}` }]);
  }

  private async read(query: FindingQuery): Promise<FormattedFinding[]> {
    const { environmentId, customerId = '', statementNo = 0 } = this.report;
    const found = await readFindings(this.pool, query);
    const indexes = found.flatMap(({ here }) => here);
    const numbers = found.flatMap(({ there }) => there);
    const [entries, rows] = await Promise.all([
      readFoundEntries(this.pool, { environmentId, customerId }, indexes),
      readFoundRows(this.pool, statementNo, numbers),
    ]);
    return found.map((finding) => ({
      ...formatFinding(finding),
      yours: finding.here.flatMap((index) => entries.get(index) ?? []).map(formatFoundEntry),
      theirs: finding.there.flatMap((row) => rows.get(row) ?? []).map(formatFoundRow),
    }));
  }
}

export type FormattedFinding = ReturnType<typeof formatFinding> & {
  readonly yours: ReturnType<typeof formatFoundEntry>[];
  readonly theirs: ReturnType<typeof formatFoundRow>[];
};

function formatFinding(finding: StoredFinding) {
  const { number, cause, atMs, reason, contribution } = finding;
  return {
    number,
    class: FINDING_CLASSES[finding.class] ?? 'matched',
    by: FINDING_MEANS[finding.means] ?? 'none',
    ...(cause !== undefined && { cause }),
    ...amountFields('contribution', contribution),
    ...(atMs !== undefined && { time: formatTime(atMs) }),
    ...(reason !== undefined && { reason }),
  };
}

function formatCell({ startMs, value, isOther, contribution, classes }: SummedCell) {
  return {
    ...(startMs !== undefined && { start: formatTime(startMs) }),
    ...(value !== undefined && { value }),
    ...(isOther && { isOther }),
    ...amountFields('contribution', contribution),
    classes: Object.fromEntries(classes.map((one) => [FINDING_CLASSES[one.class] ?? '', formatClass(one)])),
  };
}

const formatClass = ({ findings, here, there, contribution }: CellClass) => ({
  findings,
  yours: { count: here.count, ...amountFields('sum', here.sum) },
  theirs: { count: there.count, ...amountFields('sum', there.sum) },
  ...amountFields('contribution', contribution),
});
