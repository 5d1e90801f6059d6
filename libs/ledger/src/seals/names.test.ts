import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCheckpointId, parseCheckpointId } from './checkpoint-id.js';
import { formatScope, parseScope, type SealScope } from './scope.js';

describe('checkpoint ids', () => {
  it('lead back to the seal or the run', () => {
    const logNo = fc.nat(0x7fffffff);
    const seal = fc.record({ logNo, logIndex: fc.maxSafeNat() });
    const run = fc.record({ logNo, runNo: fc.nat(0x7fffffff) });
    fc.assert(
      fc.property(fc.oneof(seal, run), (ref) => {
        const id = formatCheckpointId(ref);
        expect(id).toMatch(/^chk_[0-9a-fr]{24}$/);
        expect(parseCheckpointId(id)).toEqual(ref);
      }),
    );
  });

  it.each([
    '',
    'chk_',
    'chk_00000001000000000000000',
    'chk_0000000100000000000000000',
    'chk_00000001FFFFFFFFFFFFFFFF',
  ])('are nothing else: %s', (id) => {
    expect(parseCheckpointId(id)).toBeUndefined();
  });

  it('are none past what a number holds', () => {
    expect(parseCheckpointId('chk_00000001ffffffffffffffff')).toBeUndefined();
  });
});

describe('scopes', () => {
  it('are told apart by their text, and read back', () => {
    const time = fc.integer({ min: -62e12, max: 253e12 });
    const scope: fc.Arbitrary<SealScope> = fc.oneof(
      fc.record({ kind: fc.constant('period' as const), period: fc.integer({ min: 12, max: 119_999 }) }),
      fc.record({ kind: fc.constant('window' as const), fromMs: time, toMs: time }),
      fc.record({
        kind: fc.constant('subset' as const),
        fingerprintsRoot: fc.stringMatching(/^[0-9a-f]{64}$/),
      }),
    );
    fc.assert(fc.property(scope, (one) => expect(parseScope(formatScope(one))).toEqual(one)));
  });

  it('are nothing else', () => {
    for (const text of ['', '2026-13', '2026-1', '5/', 'A'.repeat(64)]) {
      expect(() => parseScope(text)).toThrow(RangeError);
    }
  });
});
