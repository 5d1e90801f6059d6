import { type Amount, formatAmount } from '@pacspace/domain';
import { CliError, EXIT, type ExitCode } from '../errors.js';
import { count } from './progress.js';
import type { ImportReport } from './report.js';
import type { Group, Sum } from './tally.js';

/** What the report alone does not know. */
export interface ReportFrame {
  readonly file: string;
  /** Absent when nothing was rejected. */
  readonly rejectsFile: string | undefined;
  /** The zone given for times that name none. */
  readonly timeZone: string;
  readonly hasTime: boolean;
}

export function exitCodeOf(report: ImportReport): ExitCode {
  const { end } = report;
  // The file broke off in the middle: rows before that are in.
  if (end instanceof CliError) return end.code === 'INPUT' ? EXIT.rejects : end.exitCode;
  if (end === 'interrupted') return EXIT.interrupted;
  return report.rejects > 0 || report.emptyColumns.length > 0 ? EXIT.rejects : EXIT.ok;
}

const MOST_GROUPS_SHOWN = 20;

/** The summary for people. */
export function formatReport(report: ImportReport, frame: ReportFrame): string {
  const done = report.tally.total('fresh') + report.tally.total('known');
  const title = `${frame.file}: ${count(report.rows)} rows → ${count(done)} deltas${report.isDryRun ? ' (dry run: nothing was sent)' : ''}`;
  return [
    title,
    '',
    ...formatGroups(report),
    '',
    ...formatNotes(report, frame, done),
    ...formatEnd(report),
  ].join('\n');
}

function formatGroups(report: ImportReport): readonly string[] {
  const groups = report.tally.list();
  const hasKnown = report.tally.total('known') > 0;
  const fresh = report.isDryRun ? 'deltas' : 'recorded';
  const heads = report.isDryRun ? ['customer', 'reason', fresh, 'sum'] : ['reason', fresh, 'sum'];
  const rows = groups.slice(0, MOST_GROUPS_SHOWN).map((group) => toCells(group, hasKnown));
  if (rows.length === 0) return ['  no deltas'];
  const table = [hasKnown ? [...heads, 'already there', 'sum'] : heads, ...rows];
  const labels = report.isDryRun ? 2 : 1;
  const widths = table[0]?.map((_, i) => Math.max(...table.map((cells) => cells[i]?.length ?? 0))) ?? [];
  const lines = table.map((cells) =>
    cells
      .map((cell, i) => (i < labels ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   '),
  );
  const more = groups.length - rows.length;
  return [...lines, ...(more > 0 ? [`and ${count(more)} more (--json lists them)`] : [])].map(
    (line) => `  ${line}`,
  );
}

function toCells({ labels, fresh, known }: Group, hasKnown: boolean): readonly string[] {
  const cells = ({ count: deltas, amount }: Sum): readonly string[] => [count(deltas), groupDigits(amount)];
  return [...labels, ...cells(fresh), ...(hasKnown ? cells(known) : [])];
}

function formatNotes(report: ImportReport, frame: ReportFrame, done: number): readonly string[] {
  const notes: string[] = [];
  if (report.zeros > 0)
    notes.push(`skipped ${count(report.zeros)} amounts of zero: no usage, and no delta may be zero`);
  if (report.blankCells > 0) {
    const columns = [...report.blanks].map(([column, cells]) => `${column} ${count(cells)}`).join(', ');
    notes.push(`skipped empty amount cells: ${columns}`);
  }
  for (const column of report.emptyColumns)
    notes.push(`the column ${column} holds no amount in any row: is its name right?`);
  const { option, 'option-twice': twice } = report.zones;
  if (option + twice > 0)
    notes.push(
      `${count(option + twice)} times name no zone and were read as ${frame.timeZone} (--time-zone)`,
    );
  if (twice > 0)
    notes.push(`${count(twice)} of them were shown twice by the clocks and were read as the earlier`);
  if (!frame.hasTime && done > 0)
    notes.push('without --time-column usage counts as happening when it is recorded');
  if (report.isOrderBound)
    notes.push(
      'so many rows that keys depend on their order: import this file again only with its rows in the same order',
    );
  if (report.isDryRun && report.samples.length > 0)
    notes.push('the first deltas:', ...report.samples.map((json) => `  ${json}`));
  if (!report.isDryRun) {
    const rate = report.seconds > 0 ? Math.round(done / report.seconds) : 0;
    notes.push(`took ${report.seconds.toFixed(1)} s (${count(rate)} deltas/s)`);
  }
  return [...notes, ...formatRejects(report, frame)].map((note) => `  ${note}`);
}

function formatRejects(report: ImportReport, { rejectsFile }: ReportFrame): readonly string[] {
  if (report.rejects === 0) return [];
  const parts = [
    ...(report.rejectedRows > 0 ? [`${count(report.rejectedRows)} rows`] : []),
    ...(report.rejectedDeltas > 0 ? [`${count(report.rejectedDeltas)} deltas, by the server`] : []),
  ];
  const first = report.firstRejects.map(
    ({ line, column, reason }) => `  line ${line}${column === '' ? '' : `, ${column}`}: ${reason}`,
  );
  return [
    `rejected ${parts.join(' and ')}; listed in ${rejectsFile ?? ''}`,
    ...first,
    ...(report.rejects > first.length ? ['  …'] : []),
    'correct them in the file and import it again: what is recorded already is not recorded twice',
  ];
}

function formatEnd({ end, isDryRun, tally }: ImportReport): readonly string[] {
  if (end === 'complete' || end === undefined) return [];
  const why = end === 'interrupted' ? 'Interrupted.' : `Stopped: ${end.message}`;
  if (isDryRun) return ['', why];
  const isNothing = tally.total('fresh') + tally.total('known') === 0;
  const so = isNothing ? 'No answer says that anything was recorded.' : 'What is counted above is recorded.';
  return ['', why, `${so} Run the same command again when you like: nothing is recorded twice.`];
}

/** The same for programs: one line, sums as exact decimal text. */
export function toJsonReport(report: ImportReport, frame: ReportFrame): string {
  const { end } = report;
  const sum = ({ count: deltas, amount }: Sum): object => ({ deltas, sum: formatAmount(amount) });
  const done = report.tally.total('fresh') + report.tally.total('known');
  return JSON.stringify({
    file: frame.file,
    dryRun: report.isDryRun,
    outcome: end instanceof CliError ? 'stopped' : end,
    ...(end instanceof CliError && { error: { code: end.code, message: end.message } }),
    exitCode: exitCodeOf(report),
    rows: report.rows,
    [report.isDryRun ? 'deltas' : 'recorded']: report.tally.total('fresh'),
    ...(!report.isDryRun && { alreadyRecorded: report.tally.total('known') }),
    rejectedRows: report.rejectedRows,
    rejectedDeltas: report.rejectedDeltas,
    skippedZeros: report.zeros,
    skippedBlanks: Object.fromEntries(report.blanks),
    emptyColumns: report.emptyColumns,
    timesWithoutZone: report.zones.option + report.zones['option-twice'],
    timesShownTwice: report.zones['option-twice'],
    timeZone: frame.hasTime ? frame.timeZone : null,
    rejectsFile: frame.rejectsFile ?? null,
    orderBoundKeys: report.isOrderBound,
    groups: report.tally.list().map(({ labels, fresh, known }) => ({
      ...(report.isDryRun && { customerId: labels[0] }),
      reason: labels.at(-1),
      ...(report.isDryRun ? sum(fresh) : { recorded: sum(fresh), alreadyRecorded: sum(known) }),
    })),
    seconds: Number(report.seconds.toFixed(3)),
    deltasPerSecond: report.seconds > 0 ? Math.round(done / report.seconds) : 0,
  });
}

/** "-1234567.5" → "-1,234,567.5", every digit kept. */
function groupDigits(amount: Amount): string {
  const [whole = '', fraction] = formatAmount(amount).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
