import { describe, expect, it } from '@jest/globals';
import { periodStartMs } from '@pacspace/domain';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, entryLeaf, parseSeal, sealLeaf, toHex } from '@pacspace/proof';
import fc from 'fast-check';
import type { SealDraft } from '../seals/seal-draft.js';
import { ContradictsSeal, type LogEnd, SealComposer } from './compose-seals.js';

const PERIOD = 2026 * 12 + 9;
const NOW = periodStartMs(PERIOD + 1) + 5_000;

/** Roots of 0, 1, 2, … entries of one tree: what a period's seals have as it grows. */
const ROOTS = (() => {
  const range = CompactRange.empty(sha256);
  const roots = [range.root()];
  for (let index = 0; index < 20; index += 1) {
    const fingerprint = toHex(sha256(Buffer.from(`delta ${index}`)));
    const recordedAt = '2026-10-10T00:00:00.000Z';
    range.append(
      entryLeaf(sha256, { balance: '1', fingerprint, index, period: '2026-10', recordedAt, v: 1 }),
    );
    roots.push(range.root());
  }
  return roots;
})();

function draft(count: number, parts: Partial<SealDraft> = {}): SealDraft {
  return {
    customerNo: 7,
    customerId: 'customer_007',
    scope: { kind: 'period', period: PERIOD },
    final: false,
    count,
    firstIndex: count === 0 ? undefined : 3,
    lastIndex: count === 0 ? undefined : 2 + count,
    opening: '1',
    closing: String(1 + count / 2),
    root: ROOTS[count]!,
    asOf: undefined,
    ...parts,
  };
}

function begin(parts: Partial<LogEnd> = {}, nowMs = NOW): SealComposer {
  const end = { origin: 'logs.test/env_a', range: CompactRange.empty(sha256), sealedAtMs: 0, ...parts };
  return new SealComposer(end, nowMs);
}

describe('SealComposer', () => {
  it('writes a seal as the specification has it', () => {
    const composer = begin();
    expect(composer.add(draft(2))).toMatchObject({ logIndex: 0, count: 2, isNew: true });
    expect(composer.seals[0]!.body).toBe(
      '{"closingBalance":"2","count":2,"customerId":"customer_007","final":false,"firstIndex":3,"lastIndex":4,' +
        `"openingBalance":"1","origin":"logs.test/env_a","period":"2026-10","root":"${toHex(ROOTS[2]!)}",` +
        '"sealedAt":"2026-11-01T00:00:05.000Z","v":1}',
    );
  });

  it('writes windows, subsets and empty periods, all of them well-formed, and their leaves', () => {
    const composer = begin();
    const fingerprintsRoot = 'ab'.repeat(32);
    const sealed = [
      draft(0),
      draft(3, { scope: { kind: 'window', fromMs: 0, toMs: 86_400_000 }, asOf: 9 }),
      draft(2, { scope: { kind: 'subset', fingerprintsRoot }, asOf: 9, opening: '0' }),
      draft(4, { final: true }),
    ].map((one) => composer.add(one));
    expect(sealed.map(({ logIndex }) => logIndex)).toEqual([0, 1, 2, 3]);
    const seals = composer.seals.map(({ body }) => parseSeal(JSON.parse(body)));
    expect(seals.map(({ period, window, subset, final }) => ({ period, window, subset, final }))).toEqual([
      { period: '2026-10', final: false },
      {
        window: { asOf: 9, from: '1970-01-01T00:00:00.000Z', to: '1970-01-02T00:00:00.000Z' },
        final: false,
      },
      { subset: { asOf: 9, fingerprintsRoot }, final: false },
      { period: '2026-10', final: true },
    ]);
    seals.forEach((seal, i) => {
      // Canonical as it stands: hashing the parsed record gives the stored leaf.
      expect(toHex(sealLeaf(sha256, seal))).toBe(composer.seals[i]!.leafHash);
    });
  });

  it('goes on where the log ends, and tells the nodes that become complete', () => {
    const first = begin();
    for (let i = 0; i < 300; i += 1) first.add(draft(1, { customerNo: i }));
    const { range, sealedAtMs, nodes } = first;
    expect(nodes.map(({ level, index }) => [level, index])).toEqual([[8, 0]]);
    const second = begin({ range, sealedAtMs });
    for (let i = 300; i < 520; i += 1) second.add(draft(1, { customerNo: i }));
    expect(second.nodes.map(({ level, index }) => [level, index])).toEqual([[8, 1]]);
    const whole = CompactRange.empty(sha256);
    for (const { leafHash } of [...first.seals, ...second.seals]) whole.append(Buffer.from(leafHash, 'hex'));
    expect(second.range.toBytes()).toEqual(whole.toBytes());
    expect(range.size).toBe(300);
  });

  it('never goes back in time, whatever the clock does', () => {
    const composer = begin({ sealedAtMs: NOW + 60_000 });
    composer.add(draft(1));
    expect(composer.sealedAtMs).toBe(NOW + 60_000);
    expect(parseSeal(JSON.parse(composer.seals[0]!.body)).sealedAt).toBe('2026-11-01T00:01:05.000Z');
  });

  it('answers what says nothing new by the seal that says it, known or just made', () => {
    const window = { scope: { kind: 'window' as const, fromMs: 0, toMs: 5 }, asOf: 4 };
    const composer = begin();
    const first = composer.add(draft(3));
    const second = composer.add(draft(3, window));
    expect(composer.add(draft(3))).toEqual({ ...first, isNew: false });
    // Read before the first one was written: that one holds all that this does.
    expect(composer.add(draft(2))).toEqual({ ...first, isNew: false });
    expect(composer.add(draft(3, { ...window, asOf: 9 }))).toEqual({ ...second, isNew: false });
    const final = composer.add(draft(3, { final: true }));
    expect(final).toMatchObject({ isNew: true, logIndex: 2 });
    for (const late of [draft(3), draft(2), draft(3, { final: true })]) {
      expect(composer.add(late)).toEqual({ ...final, isNew: false });
    }
    expect(composer.add(draft(3, { customerNo: 8 })).isNew).toBe(true);
    expect(composer.add(draft(4, { ...window, root: ROOTS[4]! })).isNew).toBe(true);
    expect(composer.seals).toHaveLength(5);
  });

  it('refuses to seal on top of what the ledger does not hold any more', () => {
    const composer = begin();
    composer.add(draft(3));
    expect(() => composer.add(draft(3, { root: ROOTS[4]! }))).toThrow(ContradictsSeal);
    composer.add(draft(4, { final: true }));
    expect(() => composer.add(draft(5))).toThrow(ContradictsSeal);
    expect(() => composer.add(draft(4, { root: ROOTS[5]! }))).toThrow(/index 1/);
  });

  it('makes every period’s seals longer and longer, up to a final one, in whatever order the drafts come', () => {
    const drafts = fc.array(
      fc.record({ customerNo: fc.nat(2), count: fc.nat(12), final: fc.boolean() }).filter(
        // A period that is closed has its last count.
        ({ count, final }) => !final || count === 12,
      ),
      { maxLength: 30, size: 'max' },
    );
    fc.assert(
      fc.property(drafts, (all) => {
        const composer = begin();
        for (const { customerNo, count, final } of all) {
          const sealed = composer.add(draft(count, { customerNo, final }));
          expect(sealed.count).toBeGreaterThanOrEqual(count);
        }
        for (const customerNo of [0, 1, 2]) {
          const seals = composer.seals.filter((seal) => seal.customerNo === customerNo);
          seals.forEach((seal, i) => {
            const next = seals[i + 1];
            if (next === undefined) return;
            expect(seal.final).toBe(false);
            expect(next.count > seal.count || (next.final && next.count === seal.count)).toBe(true);
          });
        }
      }),
    );
  });
});
