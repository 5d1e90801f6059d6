import { describe, expect, it } from '@jest/globals';
import { amountToNumber, formatAmount, parseAmount } from '@pacspace/domain';
import { ApiError } from '@pacspace/wire';
import fc from 'fast-check';
import type { PreparedDelta } from './prepare-delta.js';
import { writeEmitAnswer, writeItem } from './write-result.js';

const delta = (amount: string): PreparedDelta => ({
  environmentId: 'env',
  traceparent: '',
  body: '',
  customerId: 'c-1',
  lane: 3,
  recordKey: 'ab'.repeat(16),
  keyed: true,
  fingerprint: 'cd'.repeat(32),
  amount,
});

describe('what is written by hand', () => {
  it('is JSON, with the exact text beside the nearest number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), (amount) => {
        const text = formatAmount(amount);
        const { data } = JSON.parse(
          writeEmitAnswer(delta(text), { sequence: 9, durability: 'fsync', traceId: 'ef'.repeat(16) }),
        );
        expect(data.deltaExact).toBe(text);
        expect(Object.is(data.delta, amountToNumber(amount) + 0)).toBe(true);
        expect(parseAmount(data.deltaExact)).toEqual({ ok: true, amount });
      }),
    );
  });

  it('has all members of the contract', () => {
    const answer = writeEmitAnswer(delta('1.5'), {
      sequence: 9,
      durability: 'fsync',
      traceId: 'ef'.repeat(16),
    });
    expect(JSON.parse(answer)).toEqual({
      success: true,
      data: {
        recordId: `rec_${'ab'.repeat(16)}`,
        receiptId: `rcp_${'ab'.repeat(16)}`,
        fingerprint: 'cd'.repeat(32),
        status: 'QUEUED',
        customerId: 'c-1',
        delta: 1.5,
        deltaExact: '1.5',
        position: { lane: 3, sequence: 9 },
        durability: 'fsync',
        traceId: 'ef'.repeat(16),
      },
    });
  });

  it('tells of an item that it was accepted, replayed or refused', () => {
    const common = {
      index: 4,
      status: 'QUEUED',
      recordId: `rec_${'ab'.repeat(16)}`,
      receiptId: `rcp_${'ab'.repeat(16)}`,
      customerId: 'c-1',
      delta: -2,
      deltaExact: '-2',
    };
    expect(JSON.parse(writeItem(4, delta('-2'), { kind: 'accepted', sequence: 1 }))).toEqual(common);
    expect(JSON.parse(writeItem(4, delta('-2'), { kind: 'replayed', sequence: 1 }))).toEqual({
      ...common,
      idempotent: true,
    });
    const error = new ApiError('UNAVAILABLE', 'not "now"', { retryAfterSeconds: 1 });
    expect(JSON.parse(writeItem(4, delta('-2'), { kind: 'refused', error }))).toEqual({
      index: 4,
      status: 'FAILED',
      customerId: 'c-1',
      error: { code: 'UNAVAILABLE', message: 'not "now"', retryAfterSeconds: 1 },
    });
    const fields = [{ path: 'delta', message: 'wrong' }];
    const invalid = new ApiError('VALIDATION_FAILED', 'delta wrong', { fields });
    expect(JSON.parse(writeItem(0, undefined, { kind: 'refused', error: invalid }))).toEqual({
      index: 0,
      status: 'FAILED',
      error: { message: 'delta wrong', fields },
    });
  });
});
