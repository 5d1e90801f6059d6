import { formatTime } from '@pacspace/domain';
import { readFoundEntries, readFoundRows, type StoredReport, type StoredStatement } from '@pacspace/ledger';
import { describeScope, formatFoundEntry, formatFoundRow } from '@pacspace/reads';
import {
  type Cause,
  type ClassTotal,
  describeCause,
  FINDING_CLASSES,
  type MatchReport,
  type Total,
} from '@pacspace/reconcile';
import type { StatementMapping } from '@pacspace/tabular';
import { amountFields, type StatementRunRequest } from '@pacspace/wire';
import type { Sides } from './open-sides.js';
import type { RunTools } from './run-tools.js';

export interface Made {
  readonly run: StoredReport;
  readonly request: StatementRunRequest;
  readonly statement: StoredStatement;
  readonly sides: Sides;
  readonly report: MatchReport;
  readonly nowMs: number;
}

/** The report as the API answers it. Yours is the ledger's side, theirs the statement's. */
export async function formatReport(tools: RunTools, made: Made): Promise<object> {
  const { run, request, statement, sides, report, nowMs } = made;
  const { classes, discrepancy, identity, unexplained } = report;
  const differing = FINDING_CLASSES.filter((one) => one !== 'matched').some(
    (one) => classes[one].findings > 0,
  );
  return {
    reportId: run.reportId,
    kind: 'statement',
    reportState: 'done',
    customerId: statement.customerId,
    statementId: statement.statementId,
    matches: !differing && discrepancy === 0n,
    yours: total(report.here),
    theirs: total(report.there),
    ...amountFields('discrepancy', discrepancy),
    classes: Object.fromEntries(FINDING_CLASSES.map((name) => [name, classTotal(classes[name])])),
    identity: {
      ...amountFields('contributions', identity.contributions),
      ...amountFields('discrepancy', identity.discrepancy),
      holds: identity.holds,
    },
    outside: { yours: total(report.outside.here), theirs: total(report.outside.there) },
    causes: report.causes.map((cause, number) => ({ number, ...formatCause(cause) })),
    unexplained: {
      findings: unexplained.findings,
      ...amountFields('contribution', unexplained.contribution),
    },
    firstDivergence: await formatDivergence(tools, made),
    ...(report.limits.groupSearchesCutShort > 0 && {
      groupSearchesCutShort: report.limits.groupSearchesCutShort,
    }),
    scope: describeScope(sides.scope),
    ledger: sides.ledger,
    position: { ...sides.position, consistent: true, behindEnvelopes: 0 },
    statement: describeStatement(statement),
    rules: request.rules,
    createdAt: formatTime(run.askedAtMs),
    finishedAt: formatTime(nowMs),
  };
}

const total = ({ count, sum }: Total) => ({ count, ...amountFields('sum', sum) });

const classTotal = ({ findings, here, there, contribution }: ClassTotal) => ({
  findings,
  yours: total(here),
  theirs: total(there),
  ...amountFields('contribution', contribution),
});

/** Which statement it was, byte for byte, and how it was read. */
function describeStatement(statement: StoredStatement) {
  const { name, sha256, bytes, records, zeros } = statement;
  const reading = JSON.parse(statement.reading) as StatementMapping;
  return { ...(name !== undefined && { name }), sha256, bytes, records, zeros, reading };
}

function formatCause(cause: Cause) {
  const { kind, findings, contribution, here, there, firstHere, firstThere } = cause;
  return {
    kind,
    text: describeCause(cause),
    findings,
    ...amountFields('contribution', contribution),
    yours: total(here),
    theirs: total(there),
    ...(firstHere !== undefined && { firstIndex: firstHere }),
    ...(firstThere !== undefined && { firstRow: firstThere }),
    detail: detailOf(cause),
  };
}

/** What tells a cause from others of its kind. */
function detailOf(cause: Cause): object {
  switch (cause.kind) {
    case 'missingDays':
      return { side: sideOf(cause.side), from: formatTime(cause.startMs), to: formatTime(cause.endMs) };
    case 'constantFactor':
      return { numerator: String(cause.numerator), denominator: String(cause.denominator) };
    case 'flippedSign':
      return {};
    case 'shiftedClock':
      return { shiftSeconds: cause.shiftMs / 1_000 };
    case 'batchTwice':
      return { side: sideOf(cause.side), fromPosition: cause.fromPosition, toPosition: cause.toPosition };
    case 'missingReason':
      return { side: sideOf(cause.side), reason: cause.reason };
    case 'missingDimension':
      return { side: sideOf(cause.side), dimension: cause.dimension, value: cause.value };
  }
}

const sideOf = (side: 'here' | 'there') => (side === 'here' ? 'yours' : 'theirs');

/** The first record in log order that differs; and the first row of theirs that has nothing here. */
async function formatDivergence({ runs }: RunTools, { statement, report }: Made): Promise<object | null> {
  const { here, there } = report.firstDivergence;
  if (here === undefined && there === undefined) return null;
  const entries = await readFoundEntries(runs, statement, here === undefined ? [] : [here.position]);
  const rows = await readFoundRows(runs, statement.number, there === undefined ? [] : [there.position]);
  const entry = here && entries.get(here.position);
  const row = there && rows.get(there.position);
  return {
    yours: entry === undefined ? null : formatFoundEntry(entry),
    theirs: row === undefined ? null : formatFoundRow(row),
  };
}
