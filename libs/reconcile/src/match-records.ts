import { findCauses } from './causes/find-causes.js';
import { Contents } from './causes/contents.js';
import { ShiftTally } from './causes/find-shifts.js';
import { assertExpected, assertIdentity } from './check-identity.js';
import { ReconcileError } from './errors.js';
import { findTwins } from './find-twins.js';
import { HeldRecords, IS_COPY } from './held-records.js';
import { matchByRules } from './match-by-rules.js';
import { matchStreams } from './match-streams.js';
import { toOurConvention } from './prepare-stream.js';
import type { Finding, FindingClass, FoundRecord, RecordStream, Side, SideRecord } from './records.js';
import type { MatchOptions, MatchReport } from './report.js';
import { isWithinTolerance } from './rules.js';
import { Columns, Tally } from './tally.js';
import { RunningTotal } from './totals.js';
import { HeldFindings } from './held-findings.js';

export type TakeFindings = (findings: readonly Finding[]) => Promise<void> | void;

const MOST_HELD = 12_000_000;
const BATCH = 2_000;

/**
 * Holds two sides against each other. Findings go to `take` in batches as they are made: what matches by reference
 * while the sides are read, all else at the end. It is awaited, so that a slow taker slows the reading. None of them
 * is anything before the promise resolves: only then are they known to add up to the discrepancy.
 *
 * Memory holds a batch of each side and, packed, the records that have no equal of the same reference.
 *
 * @throws ReconcileError
 */
export async function matchRecords(
  sides: { readonly here: RecordStream; readonly there: RecordStream },
  options: MatchOptions,
  take: TakeFindings,
): Promise<MatchReport> {
  const matching = new Matching(options);
  const there = toOurConvention(sides.there, options.rules);
  await matchStreams({ here: sides.here, there }, options.rules, {
    onPair: (a, b) => matching.addPair(a, b),
    onGroup: (a, b) => matching.addGroup(a, b),
    onAlone: (side, record, isCopy) => matching.hold(side, record, isCopy ? IS_COPY : 0),
    onPause: () => matching.flushWhenFull(take),
  });
  const groupSearchesCutShort = matching.matchHeld();
  await matching.flush(take);
  return await matching.conclude(groupSearchesCutShort, take);
}

class Matching {
  private readonly columns: Columns;
  private readonly tally: Tally;
  private readonly found: HeldFindings;
  private readonly shifts = new ShiftTally();
  private readonly contents = { here: new Contents(), there: new Contents() };
  private readonly read = { here: new RunningTotal(), there: new RunningTotal() };
  private readonly outside = { here: new RunningTotal(), there: new RunningTotal() };
  private findings: Finding[] = [];

  constructor(private readonly options: MatchOptions) {
    this.columns = new Columns(['reason', ...options.dimensions]);
    this.tally = new Tally(this.columns);
    const slicings = this.columns.names.length;
    this.found = new HeldFindings({ here: new HeldRecords(slicings), there: new HeldRecords(slicings) });
  }

  /** Two of the same reference. */
  addPair(here: SideRecord, there: SideRecord): void {
    const reason = here.reason ?? there.reason;
    const dimensions = here.dimensions.map((value, i) => value ?? there.dimensions[i]);
    const ids = this.columns.idsOf(reason, dimensions);
    this.count('here', here, ids[0]);
    this.count('there', there, ids[0]);
    this.shifts.see(here.timeMs, there.timeMs);
    if (here.isOutside && there.isOutside) return;
    const isTiming = here.isOutside || there.isOutside;
    if (!isTiming && isWithinTolerance(here.amount, there.amount, this.options.rules)) {
      this.addMatched(
        {
          by: 'reference',
          here: [toFound(here)],
          there: [toFound(there)],
          timeMs: here.timeMs ?? there.timeMs,
          reason,
          dimensions,
        },
        ids,
      );
      return;
    }
    const records = { here: this.keep('here', here, ids, 0), there: this.keep('there', there, ids, 0) };
    this.use(records.here, records.there);
    this.found.add(isTiming ? 'timing' : 'amountDiffers', records, 'reference');
  }

  /** One against several of the same reference, all in the scope. */
  addGroup(here: readonly SideRecord[], there: readonly SideRecord[]): void {
    const [first] = [...here, ...there];
    if (first === undefined) return;
    const { reason, dimensions, timeMs } = first;
    const ids = this.columns.idsOf(reason, dimensions);
    for (const record of here) this.count('here', record, ids[0]);
    for (const record of there) this.count('there', record, ids[0]);
    this.addMatched(
      { by: 'reference', here: here.map(toFound), there: there.map(toFound), timeMs, reason, dimensions },
      ids,
    );
  }

  hold(side: Side, record: SideRecord, flags: number): void {
    const ids = this.columns.idsOf(record.reason, record.dimensions);
    this.count(side, record, ids[0]);
    // Nothing but a rule could still find it, and no rule looks there.
    if (record.isOutside && record.reference !== undefined && this.options.rules.timingWindowMs === 0) return;
    this.keep(side, record, ids, flags);
  }

  /** Matches what is held by rules, and gives every record that is left its class. */
  matchHeld(): number {
    const { held } = this.found;
    held.there.clockAheadMs = this.shifts.ofMost() ?? 0;
    const cutShort = matchByRules(this.found, this.options.rules, {
      onPair: (a, b) => this.addRulePair(a, b),
      onUnequal: (a, b) => this.found.add('amountDiffers', { here: a, there: b }, 'rule'),
      onGroup: (a, b) => this.addRuleGroup(a, b),
    });
    for (const side of ['here', 'there'] as const) {
      const [only, duplicate] = LEFT[side];
      const records = held[side];
      const twins = findTwins(records);
      for (const at of records.free((i) => !records.isOutside(i))) {
        const isDuplicate = records.has(at, IS_COPY) || twins.has(at);
        this.found.add(isDuplicate ? duplicate : only, { [side]: at }, 'none');
      }
    }
    return cutShort;
  }

  async conclude(groupSearchesCutShort: number, take: TakeFindings): Promise<MatchReport> {
    const { found, tally, columns, shifts, contents, read, outside } = this;
    const { scope, expected } = this.options;
    for (const at of found.indexes()) tally.add(this.toFinding(at), this.idsOf(at));
    const causes = findCauses(found, { tally, columns, shifts, contents, scope });
    const unexplained = { findings: 0, contribution: read.here.sum - read.there.sum };
    for (const cause of causes) unexplained.contribution -= cause.contribution;
    for (const at of found.indexes()) {
      const finding = this.toFinding(at);
      if (finding.class !== 'matched' && finding.cause === undefined) unexplained.findings += 1;
      this.findings.push(finding);
      const pause = this.flushWhenFull(take);
      if (pause !== undefined) await pause;
    }
    await this.flush(take);

    const classes = tally.totals();
    const theirs = { count: read.there.count + outside.there.count, sum: read.there.sum + outside.there.sum };
    const asHandedIn = this.options.rules.sign === 'opposite' ? { ...theirs, sum: -theirs.sum } : theirs;
    assertExpected('here', read.here, expected?.here);
    assertExpected('there', asHandedIn, expected?.there);
    assertIdentity(read, Object.values(classes));
    const discrepancy = read.here.sum - read.there.sum;
    const contributions = Object.values(classes).reduce((sum, { contribution }) => sum + contribution, 0n);
    if (contributions !== discrepancy)
      throw new ReconcileError('IDENTITY', 'the contributions do not add up');
    return {
      here: read.here.toTotal(),
      there: read.there.toTotal(),
      outside: { here: outside.here.toTotal(), there: outside.there.toTotal() },
      discrepancy,
      classes,
      identity: { contributions, discrepancy, holds: true },
      causes,
      unexplained,
      firstDivergence: this.findFirstDivergence(),
      breakdown: tally.breakdown,
      limits: { groupSearchesCutShort },
    };
  }

  /** Undefined: there is room yet. */
  flushWhenFull(take: TakeFindings): Promise<void> | undefined {
    return this.findings.length < BATCH ? undefined : this.flush(take);
  }

  async flush(take: TakeFindings): Promise<void> {
    const { findings } = this;
    if (findings.length === 0) return;
    this.findings = [];
    await take(findings);
  }

  private count(side: Side, record: SideRecord, reasonId = 0): void {
    (record.isOutside ? this.outside : this.read)[side].add(record.amount);
    this.contents[side].add(record.amount, record.timeMs, reasonId);
  }

  private keep(side: Side, record: SideRecord, ids: readonly number[], flags: number): number {
    const { here, there } = this.found.held;
    if (here.count + there.count >= (this.options.mostHeld ?? MOST_HELD))
      throw new ReconcileError(
        'TOO_MANY_UNMATCHED',
        `more than ${here.count + there.count} records have no equal on the other side: compare a shorter period, or check that the statement is of this customer and its references are ours`,
      );
    return this.found.held[side].add(record, ids, flags);
  }

  private use(here: number, there: number): void {
    this.found.held.here.use(here);
    this.found.held.there.use(there);
  }

  private addRulePair(a: number, b: number): void {
    const { here, there } = this.found.held;
    this.shifts.see(known(here.timeMs(a)), known(there.timeMs(b)));
    if (here.isOutside(a) && there.isOutside(b)) return;
    const isTiming = here.isOutside(a) || there.isOutside(b);
    this.found.add(isTiming ? 'timing' : 'matched', { here: a, there: b }, 'rule');
  }

  private addRuleGroup(ours: readonly number[], theirs: readonly number[]): void {
    const { here, there } = this.found.held;
    const [a, b] = [ours[0] ?? 0, theirs[0] ?? 0];
    const ids = here.valueIds(a).map((id, i) => id || there.valueId(b, i));
    const timeMs = known(here.timeMs(a));
    this.addMatched(
      {
        by: 'rule',
        here: ours.map((at) => here.toFound(at)),
        there: theirs.map((at) => there.toFound(at)),
        timeMs,
        ...this.columns.textsOf(ids),
      },
      ids,
    );
  }

  private addMatched(found: Omit<Finding, 'class' | 'contribution' | 'cause'>, ids: readonly number[]): void {
    let contribution = 0n;
    for (const { amount } of found.here) contribution += amount;
    for (const { amount } of found.there) contribution -= amount;
    const finding: Finding = { class: 'matched', ...found, contribution, cause: undefined };
    this.tally.add(finding, ids);
    this.findings.push(finding);
  }

  private idsOf(at: number): number[] {
    return this.columns.names.map((_, slicing) => this.found.valueId(at, slicing));
  }

  private toFinding(at: number): Finding {
    const { found } = this;
    const { here, there } = found.held;
    const [a, b] = [found.hereOf(at), found.thereOf(at)];
    return {
      class: found.classOf(at) ?? 'matched',
      by: found.byOf(at),
      here: a === undefined ? [] : [here.toFound(a)],
      there: b === undefined ? [] : [there.toFound(b)],
      contribution: found.contribution(at),
      timeMs: known(found.timeMs(at)),
      ...this.columns.textsOf(this.idsOf(at)),
      cause: found.causeOf(at),
    };
  }

  private findFirstDivergence(): MatchReport['firstDivergence'] {
    const { found } = this;
    const { here, there } = found.held;
    let [first, firstThere]: [number | undefined, number | undefined] = [undefined, undefined];
    for (const at of found.indexes()) {
      if (found.classOf(at) === 'matched') continue;
      const [a, b] = [found.hereOf(at), found.thereOf(at)];
      if (a !== undefined && (first === undefined || here.position(a) < here.position(first))) first = a;
      if (a !== undefined || b === undefined) continue;
      if (firstThere === undefined || there.position(b) < there.position(firstThere)) firstThere = b;
    }
    return {
      here: first === undefined ? undefined : here.toFound(first),
      there: firstThere === undefined ? undefined : there.toFound(firstThere),
    };
  }
}

const LEFT: Readonly<Record<Side, readonly [only: FindingClass, duplicate: FindingClass]>> = {
  here: ['onlyHere', 'duplicateHere'],
  there: ['onlyThere', 'duplicateThere'],
};

function toFound({ position, amount, timeMs, isOutside }: SideRecord): FoundRecord {
  return { position, amount, timeMs, isOutside };
}

function known(timeMs: number): number | undefined {
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
