import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeEnvelope,
  encodeCloseEnvelope,
  encodeDelta,
  encodeEnvelope,
  type EnvelopeDelta,
  EnvelopeError,
} from './envelope.js';

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  });
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

const metadata = fc.option(fc.record({ metadata: fc.json(), salt: hex(32) }), {
  nil: { metadata: undefined, salt: undefined },
});
const delta: fc.Arbitrary<EnvelopeDelta> = fc
  .record({
    environmentId: fc.constantFrom('env_a', 'env_b', 'env_c'),
    traceparent: fc.constantFrom('00-a-b-01', '00-c-d-00'),
    customerId: fc.stringMatching(/^[A-Za-z0-9_\-.:]{1,128}$/),
    recordKey: hex(32),
    amount: fc.constantFrom('1', '-2.5', '0.000000000001'),
    reason: text,
    fingerprint: hex(64),
    referenceId: fc.option(text, { nil: undefined }),
    occurredAtMs: fc.option(fc.integer({ min: 946_684_800_000, max: 4e12 }), { nil: undefined }),
    adjustsKey: fc.option(hex(32), { nil: undefined }),
    rest: metadata,
  })
  .map(({ rest, ...fields }) => ({ ...fields, ...rest }));

describe('envelope codec', () => {
  it('gives back what was put in, in order', () => {
    fc.assert(
      fc.property(fc.array(delta, { minLength: 1, maxLength: 30 }), (deltas) => {
        const decoded = decodeEnvelope(encodeEnvelope('p-1', deltas.map(encodeDelta)));
        expect(decoded).toEqual({ kind: 'deltas', publishId: 'p-1', deltas });
      }),
    );
  });

  it('names each environment and each traceparent once', () => {
    const one = fc.sample(delta, 1)[0]!;
    const encoded = encodeEnvelope(
      'p',
      Array.from({ length: 50 }, () => encodeDelta(one)),
    );
    expect(encoded.split(one.environmentId)).toHaveLength(2);
    expect(encoded.split(one.traceparent)).toHaveLength(2);
  });

  it.each([
    ['NOT_JSON', 'not json'],
    ['NOT_JSON', '{"v":1,"id":"x"'],
    ['MALFORMED', 'null'],
    ['MALFORMED', '[]'],
    ['UNKNOWN_VERSION', '{"v":2,"id":"x","env":[],"tp":[],"d":[]}'],
    ['MALFORMED', '{"v":1,"env":[],"tp":[],"d":[]}'],
    ['MALFORMED', '{"v":1,"id":"x","env":["e"],"tp":["t"],"d":[[0,0,"c"]]}'],
  ])('refuses with %s: %s', (code, input) => {
    expect(() => decodeEnvelope(input)).toThrow(expect.objectContaining({ code }));
  });

  it('gives back the closing of a period, of one customer or of all', () => {
    for (const close of [
      { environmentId: 'env_a', period: 2026 * 12 + 1 },
      { environmentId: 'env_a', customerId: 'customer_001', period: 2024 * 12 + 1 },
    ]) {
      const text = encodeCloseEnvelope('p-1', close);
      expect(decodeEnvelope(text)).toEqual({ kind: 'close', publishId: 'p-1', deltas: [], close });
    }
    expect(encodeCloseEnvelope('p-1', { environmentId: 'env_a', period: 2026 * 12 + 1 })).toBe(
      '{"v":1,"id":"p-1","close":{"environmentId":"env_a","period":"2026-02"}}',
    );
  });

  it.each([
    ['null'],
    ['{"environmentId":"env_a"}'],
    ['{"period":"2026-02"}'],
    ['{"environmentId":"env_a","period":"2026-13"}'],
    ['{"environmentId":"env_a","period":"2026-2"}'],
    ['{"environmentId":"env_a","period":24313}'],
    ['{"environmentId":"env_a","period":"2026-02","customerId":""}'],
    ['{"environmentId":"env_a","period":"2026-02","customerId":null}'],
  ])('refuses the closing %s', (close) => {
    const text = `{"v":1,"id":"x","close":${close}}`;
    expect(() => decodeEnvelope(text)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  it('refuses a closing that holds deltas as well', () => {
    const close = '{"environmentId":"env_a","period":"2026-02"}';
    const text = `{"v":1,"id":"x","env":[],"tp":[],"d":[],"close":${close}}`;
    expect(() => decodeEnvelope(text)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  it('refuses an envelope with any one member replaced by another type', () => {
    const full: EnvelopeDelta = {
      environmentId: 'env_a',
      traceparent: '00-a-b-01',
      customerId: 'c',
      recordKey: 'a'.repeat(32),
      amount: '1',
      reason: 'r',
      fingerprint: 'b'.repeat(64),
      referenceId: 'ref',
      occurredAtMs: 1_700_000_000_000,
      adjustsKey: 'c'.repeat(32),
      metadata: '{}',
      salt: 'd'.repeat(32),
    };
    const parsed = JSON.parse(encodeEnvelope('p', [encodeDelta(full)])) as { d: unknown[][] };
    for (let member = 0; member < 12; member += 1) {
      const broken = structuredClone(parsed);
      broken.d[0]![member] = { not: 'this' };
      expect(() => decodeEnvelope(JSON.stringify(broken))).toThrow(EnvelopeError);
    }
  });
});
