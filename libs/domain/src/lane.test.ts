import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { laneOf } from './lane.js';

interface LaneVector {
  readonly environmentId: string;
  readonly customerId: string;
  /** Lane by lane count. */
  readonly lanes: Readonly<Record<string, number>>;
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../../tests/vectors/lanes.json', import.meta.url), 'utf8'),
) as { vectors: LaneVector[] };

describe('laneOf', () => {
  it.each(vectors)('puts $environmentId / $customerId where it always was', (vector) => {
    const lanes = Object.keys(vector.lanes);
    expect(lanes.length).toBeGreaterThan(0);
    for (const count of lanes) {
      expect(laneOf(vector.environmentId, vector.customerId, Number(count))).toBe(vector.lanes[count]);
    }
  });

  it('is a lane of the count, whatever the names', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_\-.:]{1,128}$/);
    fc.assert(
      fc.property(name, name, fc.integer({ min: 1, max: 65_536 }), (environment, customer, lanes) => {
        const lane = laneOf(environment, customer, lanes);
        expect(Number.isInteger(lane) && lane >= 0 && lane < lanes).toBe(true);
      }),
    );
  });

  const customers = 50_000;
  const idsOf: Record<string, (n: number) => string> = {
    'counted ids': (n) => String(n),
    'padded ids': (n) => `customer_${String(n).padStart(6, '0')}`,
    'ids that step by 64': (n) => `c${n * 64}`,
    'ids that end alike': (n) => `${n}-eu-west-1`,
    'hexadecimal ids': (n) => (n * 2_654_435_761).toString(16),
  };

  it.each(Object.keys(idsOf))('spreads %s evenly', (kind) => {
    const counts = { 4: new Array<number>(4).fill(0), 64: new Array<number>(64).fill(0) };
    for (let n = 0; n < customers; n += 1) {
      const lane = laneOf('env_demo_test', idsOf[kind]!(n), 64);
      // 64 is a multiple of 4, and a lane is a remainder: the same hash gives both.
      counts[64][lane]! += 1;
      counts[4][lane % 4]! += 1;
    }
    // Chance alone makes 0.8 % and 3.5 % (one standard deviation).
    expectWithin(counts[4], 0.03);
    expectWithin(counts[64], 0.15);
  });

  function expectWithin(counts: readonly number[], share: number): void {
    const mean = customers / counts.length;
    expect(Math.max(...counts)).toBeLessThan(mean * (1 + share));
    expect(Math.min(...counts)).toBeGreaterThan(mean * (1 - share));
  }
});
