import type { Amount } from '@pacspace/domain';
import type { HeldFindings } from '../held-findings.js';
import { type Candidate, LEAST_RECORDS } from './cause.js';

const MOST_FACTORS = 8;
/** One of so many pairs must share a factor: among many that differ at random, some quotients are bound to meet. */
const LEAST_SHARE = 100;
/** Doubles of the same quotient differ in the last bits only; quotients nearer than this are held apart exactly. */
const RELATIVE = 1e-12;

/** Factors between their amounts and ours that several pairs share: a unit, a scale, a sign. Verified as fractions. */
export function findFactors(unresolved: HeldFindings): readonly Candidate[] {
  const { here, there } = unresolved.held;
  const amounts = (at: number): readonly [Amount, Amount] | undefined => {
    const [a, b] = [unresolved.hereOf(at), unresolved.thereOf(at)];
    if (unresolved.classOf(at) !== 'amountDiffers' || a === undefined || b === undefined) return undefined;
    return [here.amount(a), there.amount(b)];
  };
  const quotients = new Float64Array(unresolved.count).fill(NaN);
  for (const at of unresolved.indexes()) {
    const pair = amounts(at);
    if (pair !== undefined && pair[0] !== 0n && pair[1] !== 0n)
      quotients[at] = Number(pair[1]) / Number(pair[0]);
  }
  return findCrowds(quotients).flatMap((members) =>
    toFractions(members, amounts).map(({ numerator, denominator }) => ({
      kind:
        numerator === -1n && denominator === 1n
          ? { kind: 'flippedSign' as const }
          : { kind: 'constantFactor' as const, numerator, denominator },
      fits: (at: number): boolean => {
        const quotient = quotients[at] ?? NaN;
        const expected = Number(numerator) / Number(denominator);
        if (!(Math.abs(quotient - expected) <= Math.abs(expected) * RELATIVE * 4)) return false;
        const pair = amounts(at);
        return pair !== undefined && pair[1] * denominator === pair[0] * numerator;
      },
    })),
  );
}

/** The largest sets of findings whose quotients lie close together. */
function findCrowds(quotients: Float64Array): readonly Uint32Array[] {
  let order = new Uint32Array(quotients.length);
  let size = 0;
  for (const [at, quotient] of quotients.entries()) {
    if (Number.isNaN(quotient)) continue;
    order[size] = at;
    size += 1;
  }
  order = order.slice(0, size).sort((a, b) => (quotients[a] ?? 0) - (quotients[b] ?? 0) || a - b);
  const crowds: Uint32Array[] = [];
  for (let start = 0, end = 0; start < size; start = end) {
    end = start + 1;
    const first = quotients[order[start] ?? 0] ?? 0;
    while (end < size && (quotients[order[end] ?? 0] ?? 0) - first <= Math.abs(first) * RELATIVE) end += 1;
    if (end - start >= Math.max(LEAST_RECORDS, size / LEAST_SHARE)) crowds.push(order.subarray(start, end));
  }
  return crowds.sort((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0)).slice(0, MOST_FACTORS);
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The exact quotients in a crowd: nearly always one. */
function toFractions(
  members: Uint32Array,
  amounts: (at: number) => readonly [Amount, Amount] | undefined,
): readonly Fraction[] {
  const found: Fraction[] = [];
  for (const at of members) {
    const pair = amounts(at);
    if (pair === undefined) continue;
    if (found.some(({ numerator, denominator }) => pair[1] * denominator === pair[0] * numerator)) continue;
    found.push(reduce(pair[1], pair[0]));
    if (found.length === 4) break;
  }
  return found;
}

function reduce(there: Amount, here: Amount): Fraction {
  let [a, b] = [there < 0n ? -there : there, here < 0n ? -here : here];
  while (b !== 0n) [a, b] = [b, a % b];
  const sign = here < 0n ? -1n : 1n;
  return { numerator: (sign * there) / a, denominator: (sign * here) / a };
}
