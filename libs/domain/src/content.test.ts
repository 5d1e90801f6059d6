import { describe, expect, it } from '@jest/globals';
import { canonicalize } from '@pacspace/proof';
import fc from 'fast-check';
import {
  canonicalContent,
  canonicalEntry,
  type DeltaContent,
  type EntryContent,
  recordIdPreimage,
} from './content.js';
import { formatAmount } from './decimal.js';
import { DELTA_LIMITS, parseDelta } from './delta.js';
import { formatPeriod } from './period.js';
import { formatTime } from './time.js';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  });
/** Well-formed, and often with a character that JSON escapes or that needs a surrogate pair. */
const text = fc
  .array(
    fc.oneof(fc.constantFrom(...Array.from('"\\/\n\t\u0001\u007f\u2028é€😀')), fc.string({ unit: 'binary' })),
    {
      minLength: 1,
    },
  )
  .map((parts) => parts.join('').replaceAll('\0', ' ') || 'x');
const recordId = hex(32).map((key) => `rec_${key}`);
const amount = fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n });
const timeMs = fc.integer({ min: DELTA_LIMITS.occurredAtOldestMs, max: Date.UTC(2100, 0, 1) });

const content: fc.Arbitrary<DeltaContent> = fc.record(
  {
    recordId,
    customerId: fc.stringMatching(/^[A-Za-z0-9_\-.:]{1,128}$/),
    amount: fc.oneof(amount, amount.map(formatAmount)),
    reason: text,
    referenceId: text,
    metadataHash: hex(64),
    adjusts: recordId,
    occurredAtMs: timeMs,
  },
  { requiredKeys: ['recordId', 'customerId', 'amount', 'reason'] },
);

const entry: fc.Arbitrary<EntryContent> = fc.record({
  index: fc.maxSafeNat(),
  fingerprint: hex(64),
  balance: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  period: fc.integer({ min: 2000 * 12, max: 9_999 * 12 + 11 }),
  late: fc.boolean(),
  recordedAtMs: timeMs,
});

/** The general form: an object, canonicalised by the RFC's own rules. */
function generalContent(c: DeltaContent): string {
  return canonicalize({
    v: 1,
    recordId: c.recordId,
    customerId: c.customerId,
    amount: typeof c.amount === 'string' ? c.amount : formatAmount(c.amount),
    reason: c.reason,
    ...(c.referenceId !== undefined && { referenceId: c.referenceId }),
    ...(c.metadataHash !== undefined && { metadataHash: c.metadataHash }),
    ...(c.adjusts !== undefined && { adjusts: c.adjusts }),
    ...(c.occurredAtMs !== undefined && { occurredAt: formatTime(c.occurredAtMs) }),
  });
}

function generalEntry(e: EntryContent): string {
  return canonicalize({
    v: 1,
    index: e.index,
    fingerprint: e.fingerprint,
    balance: formatAmount(e.balance),
    period: formatPeriod(e.period),
    ...(e.late && { late: true }),
    recordedAt: formatTime(e.recordedAtMs),
  });
}

describe('canonicalContent', () => {
  it('is the RFC 8785 form, whichever members there are', () => {
    fc.assert(
      fc.property(content, (value) => {
        expect(canonicalContent(value)).toBe(generalContent(value));
      }),
      { numRuns: 500 },
    );
  });

  it('is the RFC 8785 form of every text that parseDelta takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text, (reason, referenceId) => {
        const parsed = parseDelta(
          { customerId: 'c', delta: 1, reason, referenceId: referenceId.slice(0, 256) },
          0,
        );
        fc.pre(parsed.ok);
        const value = { ...parsed.delta, recordId: `rec_${'0'.repeat(32)}`, adjusts: undefined };
        expect(canonicalContent(value)).toBe(generalContent(value));
      }),
    );
  });

  it('stays as it was published', () => {
    const base = {
      recordId: `rec_${'ab'.repeat(16)}`,
      customerId: 'acme',
      amount: -12_500_000_000_000n,
      reason: 'a "b"',
    };
    expect(canonicalContent(base)).toBe(
      '{"amount":"-12.5","customerId":"acme","reason":"a \\"b\\"","recordId":"rec_abababababababababababababababab","v":1}',
    );
    const full = {
      ...base,
      referenceId: 'r',
      metadataHash: '0'.repeat(64),
      adjusts: `rec_${'cd'.repeat(16)}`,
      occurredAtMs: Date.UTC(2026, 10, 24),
    };
    expect(canonicalContent(full)).toBe(
      `{"adjusts":"rec_${'cd'.repeat(16)}","amount":"-12.5","customerId":"acme","metadataHash":"${'0'.repeat(64)}",` +
        '"occurredAt":"2026-11-24T00:00:00.000Z","reason":"a \\"b\\"","recordId":"rec_abababababababababababababababab",' +
        '"referenceId":"r","v":1}',
    );
  });

  it('tells any two contents apart', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        expect(canonicalContent(a) === canonicalContent(b)).toBe(generalContent(a) === generalContent(b));
      }),
    );
  });
});

describe('canonicalEntry', () => {
  it('is the RFC 8785 form', () => {
    fc.assert(
      fc.property(entry, (value) => {
        expect(canonicalEntry(value)).toBe(generalEntry(value));
      }),
      { numRuns: 500 },
    );
  });

  it('stays as it was published', () => {
    const value = {
      index: 7,
      fingerprint: 'ef'.repeat(32),
      balance: 1n,
      period: 2026 * 12 + 10,
      late: false,
      recordedAtMs: 0,
    };
    const rest = '"index":7,';
    expect(canonicalEntry(value)).toBe(
      `{"balance":"0.000000000001","fingerprint":"${'ef'.repeat(32)}",${rest}"period":"2026-11","recordedAt":"1970-01-01T00:00:00.000Z","v":1}`,
    );
    expect(canonicalEntry({ ...value, late: true })).toContain(`${rest}"late":true,"period"`);
  });
});

describe('recordIdPreimage', () => {
  it('names its purpose and its parts, each on a line', () => {
    expect(recordIdPreimage('env', 'customer', 'key')).toBe('pacspace/record/v1\nenv\ncustomer\nkey');
  });

  it('differs whenever one of the parts does, since only the last may hold a line feed', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_\-.:]{1,10}$/);
    const scope = fc.tuple(name, name, fc.string({ unit: fc.constantFrom('a', '\n', ':'), minLength: 1 }));
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        expect(recordIdPreimage(...a) === recordIdPreimage(...b)).toBe(
          JSON.stringify(a) === JSON.stringify(b),
        );
      }),
    );
  });
});
