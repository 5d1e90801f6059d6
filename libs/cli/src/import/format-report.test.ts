import { describe, expect, it } from '@jest/globals';
import { CliError, type CliErrorCode } from '../errors.js';
import { type ReportFrame, exitCodeOf, formatReport, toJsonReport } from './format-report.js';
import type { MappedDelta, MappedRow } from './map-rows.js';
import { ImportReport } from './report.js';

const FRAME: ReportFrame = { file: 'usage.csv', rejectsFile: undefined, timeZone: 'utc', hasTime: true };
const ROW: MappedRow = {
  deltas: [],
  rejects: [],
  zeros: 0,
  blanks: [],
  time: { ok: true, timeMs: 0, zoneFrom: 'option' },
};

const delta = (amount: bigint): MappedDelta => ({
  json: '{}',
  line: 2,
  column: 'n',
  customerId: 'acme',
  reason: 'n',
  amount,
});

function finished(fill: (report: ImportReport) => void = () => undefined, isDryRun = false): ImportReport {
  const report = new ImportReport(isDryRun, ['n']);
  fill(report);
  report.end = 'complete';
  return report;
}

describe('formatReport', () => {
  it('keeps every digit of a sum, grouped', () => {
    const report = finished((one) => {
      one.addRow(ROW);
      one.addSettled(delta(-(10n ** 30n) - 1n), 'fresh');
      one.addSettled(delta(5n * 10n ** 11n), 'known');
    });
    const text = formatReport(report, FRAME);
    expect(text).toContain('usage.csv: 1 rows → 2 deltas');
    expect(text).toContain('-1,000,000,000,000,000,000.000000000001');
    expect(text).toMatch(/already there +sum\n/);
    expect(text).toContain('1 times name no zone and were read as utc');
    const json = JSON.parse(toJsonReport(report, FRAME)) as object;
    expect(json).toMatchObject({
      recorded: 1,
      alreadyRecorded: 1,
      groups: [
        {
          reason: 'n',
          recorded: { deltas: 1, sum: '-1000000000000000000.000000000001' },
          alreadyRecorded: { deltas: 1, sum: '0.5' },
        },
      ],
    });
  });

  it('shows the largest part of very many groups, and how many there are', () => {
    const report = finished((one) => {
      for (let i = 0; i < 30; i += 1) one.addDry([{ ...delta(1n), customerId: `c${i}` }]);
    }, true);
    const text = formatReport(report, FRAME);
    expect(text).toContain('and 10 more');
    expect(text).not.toContain('c25');
  });

  it('asks about a column without any amount', () => {
    const report = finished((one) => one.addRow({ ...ROW, blanks: ['n'] }));
    expect(formatReport(report, FRAME)).toContain('the column n holds no amount in any row');
    expect(exitCodeOf(report)).toBe(1);
  });
});

describe('exitCodeOf', () => {
  const ended = (end: ImportReport['end']): number => {
    const report = finished();
    report.end = end;
    return exitCodeOf(report);
  };

  it('tells how an import ended', () => {
    expect(ended('complete')).toBe(0);
    expect(ended('interrupted')).toBe(130);
  });

  it.each<[CliErrorCode, number]>([
    ['UNREACHABLE', 3],
    ['NOT_AUTHORISED', 3],
    ['REFUSED', 3],
    // The file broke off: what stood before is recorded, so it is not "nothing sent".
    ['INPUT', 1],
  ])('answers %s by %i', (code, exit) => {
    expect(ended(new CliError(code, 'x'))).toBe(exit);
  });
});
