import { describe, expect, it } from '@jest/globals';
import { formatAmount } from '@pacspace/domain';
import type { RecordedEntry } from '@pacspace/ledger';
import { canonicalize } from '@pacspace/proof';
import fc from 'fast-check';
import { formatDelta } from './format-delta.js';
import { writeDelta } from './write-delta.js';

const key = fc.uuid().map((uuid) => uuid.replaceAll('-', ''));
const amount = fc.oneof(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  fc.integer({ min: -10_000, max: 10_000 }).map((units) => BigInt(units) * 10n ** 12n),
);
const timeMs = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) });
const text = fc.string({ unit: 'grapheme', minLength: 1 });

const entry: fc.Arbitrary<RecordedEntry> = fc.record({
  index: fc.maxSafeNat(),
  period: fc.integer({ min: 2_000 * 12, max: 2_100 * 12 }),
  late: fc.boolean(),
  leaf: fc.maxSafeNat(),
  logSequence: fc.maxSafeNat(),
  recordedAtMs: timeMs,
  occurredAtMs: fc.option(timeMs, { nil: undefined }),
  recordKey: key,
  adjustsKey: fc.option(key, { nil: undefined }),
  amount,
  balance: amount,
  reason: text,
  referenceId: fc.option(text, { nil: undefined }),
  metadata: fc.option(fc.dictionary(text, fc.jsonValue()).map(canonicalize), { nil: undefined }),
  salt: key,
});

describe('writeDelta', () => {
  it('writes what formatDelta makes', () => {
    fc.assert(
      fc.property(entry, (recorded) => {
        const shown = {
          ...recorded,
          amount: formatAmount(recorded.amount),
          balance: formatAmount(recorded.balance),
        };
        const written: unknown = JSON.parse(writeDelta('acme', shown));
        expect(written).toEqual(formatDelta('acme', recorded));
        expect(Object.keys(written as object)).toEqual(Object.keys(formatDelta('acme', recorded)));
      }),
    );
  });
});
