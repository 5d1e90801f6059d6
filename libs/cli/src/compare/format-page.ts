import type { AmountsOf, StatementReport } from './report.js';

const CLASS_NAMES: Readonly<Record<string, string>> = {
  matched: 'matched',
  amountDiffers: 'amount differs',
  onlyHere: 'only in the ledger',
  onlyThere: 'only in the statement',
  duplicateHere: 'twice in the ledger',
  duplicateThere: 'twice in the statement',
  timing: 'in another period',
};

/** Causes that are shown; the report has all. */
const CAUSES_SHOWN = 10;

/** The report as a page to read. */
export function formatPage(report: StatementReport): string {
  const { causes, unexplained, discrepancyExact, firstDivergence } = report;
  return [
    headOf(report),
    '',
    ...table([
      ['', 'records', 'sum'],
      ['yours (the ledger)', count(report.yours.count), money(report.yours.sumExact)],
      ['theirs (the statement)', count(report.theirs.count), money(report.theirs.sumExact)],
      ['discrepancy', '', money(discrepancyExact)],
    ]),
    '',
    ...table([
      ['', 'findings', 'yours', 'theirs', 'adds to it'],
      ...Object.entries(report.classes)
        .filter(([, one]) => one.findings > 0)
        .map(([name, one]) => [
          CLASS_NAMES[name] ?? name,
          count(one.findings),
          money(one.yours.sumExact),
          money(one.theirs.sumExact),
          money(one.contributionExact),
        ]),
      ['together', '', '', '', `${money(report.identity.contributionsExact)} = the discrepancy`],
    ]),
    ...(causes.length === 0
      ? []
      : ['', 'What explains it, most first', ...causes.slice(0, CAUSES_SHOWN).map(causeLine)]),
    ...(causes.length > CAUSES_SHOWN
      ? [`     and ${count(causes.length - CAUSES_SHOWN)} more in the report`]
      : []),
    ...(causes.length > 0 && unexplained.findings > 0
      ? [`  not explained: ${count(unexplained.findings)} findings, ${money(unexplained.contributionExact)}`]
      : []),
    ...(firstDivergence === null ? [] : ['', 'Where it begins', ...divergenceLines(firstDivergence)]),
    '',
    ...standingLines(report),
  ].join('\n');
}

function headOf({ matches, customerId, scope, statement }: StatementReport): string {
  const name = statement.name ?? 'the statement';
  const verdict = matches ? 'agrees with the ledger, record by record' : 'differs from the ledger';
  return `${name} ${verdict} · customer ${customerId} · ${describeScope(scope)}`;
}

function describeScope(scope: StatementReport['scope']): string {
  if (scope.period !== undefined) return scope.period;
  if (scope.startDate !== undefined) return `${scope.startDate} to ${scope.endDate ?? ''}`;
  return scope.kind === 'all' ? 'all that is recorded' : scope.kind;
}

function causeLine({ text }: StatementReport['causes'][number], number: number): string {
  return `  ${String(number + 1).padStart(2)}. ${text}`;
}

function divergenceLines({ yours, theirs }: NonNullable<StatementReport['firstDivergence']>): string[] {
  return [
    ...(yours === null
      ? []
      : [
          `  in the log's order: delta ${yours.index} of ${yours.time}, ${money(yours.amountExact)}${nameOf(yours)}`,
          `  its receipt ${yours.receiptId}, its record ${yours.recordId}`,
        ]),
    ...(theirs === null
      ? []
      : [
          `  in the statement: line ${theirs.line}${theirs.time === undefined ? '' : ` of ${theirs.time}`}, ` +
            `${money(theirs.amountExact)}${nameOf(theirs)}`,
        ]),
  ];
}

function nameOf({
  referenceId,
  reason,
}: {
  readonly referenceId?: string;
  readonly reason?: string;
}): string {
  const parts = [referenceId, reason].filter((part) => part !== undefined).map((part) => printable(part));
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Texts of others must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\u{fffd}');
}

function standingLines({ ledger, position, reportId, statement, statementId }: StatementReport): string[] {
  const sealed =
    ledger.state === 'sealed' ? 'sealed: nothing is added to it any more' : 'open: more may be recorded';
  return [
    `The ledger as of lane ${position.lane}, sequence ${position.sequence}; what was compared is ${sealed}`,
    ...(ledger.checkpointId === undefined
      ? []
      : [`under the seal ${ledger.checkpointId}, root ${ledger.proofRoot ?? ''}`]),
    `report ${reportId}`,
    `statement ${statementId}, ${count(statement.records)} records, SHA-256 ${statement.sha256}`,
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => bare(row[i]).length)));
  return rows.map((row) =>
    `  ${row
      .map((cell, i) =>
        i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart((widths[i] ?? 0) + extra(cell)),
      )
      .join('   ')}`.trimEnd(),
  );
}

/** What is said behind a number does not move its column. */
const bare = (cell = ''): string => cell.replace(/ = .*$/, '');
const extra = (cell: string): number => cell.length - bare(cell).length;

const count = (value: number): string => value.toLocaleString('en');

/** An exact decimal with thousands separators. */
export function money(exact: AmountsOf<'sum'>['sumExact']): string {
  const [whole = '', fraction] = exact.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
