import { describe, expect, it } from '@jest/globals';
import { parseDelta } from '@pacspace/domain';
import { deltaBody } from './emit-delta.route.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const valid = { customerId: 'customer_001', delta: 1, reason: 'usage' };
const record = `rec_${'0f'.repeat(16)}`;

const taken: [string, object][] = [
  ['the least', valid],
  ['a decimal as text', { ...valid, delta: '-0.000000000001' }],
  ['an exponent', { ...valid, delta: '1e3' }],
  ['the largest', { ...valid, delta: -1_000_000_000 }],
  ['a long customer id', { ...valid, customerId: 'a.b:c-d_'.repeat(16) }],
  ['a long reason', { ...valid, reason: 'r'.repeat(500) }],
  [
    'everything',
    {
      ...valid,
      referenceId: 'r',
      metadata: { a: [1, null, { b: true }] },
      adjusts: { recordId: record },
      occurredAt: '2026-11-24T03:19:53.123Z',
      idempotencyKey: 'k',
    },
  ],
  ['a reference to adjust', { ...valid, adjusts: { referenceId: 'r' } }],
  ['members that are null', { ...valid, referenceId: null, metadata: null, adjusts: null, occurredAt: null }],
];

const refused: [string, unknown][] = [
  ['no object', [valid]],
  ['no customer', { delta: 1, reason: 'usage' }],
  ['no delta', { customerId: 'c', reason: 'usage' }],
  ['no reason', { customerId: 'c', delta: 1 }],
  ['an empty reason', { ...valid, reason: '' }],
  ['a reason too long', { ...valid, reason: 'r'.repeat(501) }],
  ['a customer with a space', { ...valid, customerId: 'a b' }],
  ['a customer id too long', { ...valid, customerId: 'c'.repeat(129) }],
  ['a delta too large', { ...valid, delta: 1_000_000_001 }],
  ['a delta of words', { ...valid, delta: 'ten' }],
  ['a delta of true', { ...valid, delta: true }],
  ['metadata as a list', { ...valid, metadata: [1] }],
  ['a record id that is none', { ...valid, adjusts: { recordId: 'rec_1' } }],
  ['nothing to adjust', { ...valid, adjusts: {} }],
  ['two things to adjust', { ...valid, adjusts: { recordId: record, referenceId: 'r' } }],
  ['a time that is a number', { ...valid, occurredAt: 1 }],
  ['a member that is misspelt', { ...valid, occuredAt: '2026-11-24T03:19:53Z' }],
  ['a key too long', { ...valid, idempotencyKey: 'k'.repeat(257) }],
];

// What no schema can say (zero, too many decimals, unpaired surrogates, times out of bounds) is the domain's alone.
describe('the documented body of a delta', () => {
  it.each(taken)('takes what the domain takes: %s', (_, body) => {
    expect(parseDelta(body as never, NOW)).toMatchObject({ ok: true });
    expect(deltaBody.safeParse(body)).toMatchObject({ success: true });
  });

  it.each(refused)('refuses what the domain refuses: %s', (_, body) => {
    expect(parseDelta(body as never, NOW)).toMatchObject({ ok: false });
    expect(deltaBody.safeParse(body)).toMatchObject({ success: false });
  });
});
