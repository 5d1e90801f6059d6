import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RULES, isWithinTolerance, parseRules } from './rules.js';

const UNIT = 10n ** 12n;

describe('parseRules', () => {
  it('takes what is left out from the defaults', () => {
    expect(parseRules(undefined)).toEqual({ ok: true, rules: DEFAULT_RULES });
    expect(parseRules({})).toEqual({ ok: true, rules: DEFAULT_RULES });
  });

  it('reads every rule', () => {
    expect(
      parseRules({
        sign: 'opposite',
        tolerance: { absolute: '0.01', percent: 0.5 },
        timeWindowSeconds: 1.5,
        timingWindowSeconds: 86_400,
        reasonMap: { __proto__x: 'a', calls: 'requests' },
        groups: false,
      }),
    ).toMatchObject({
      ok: true,
      rules: {
        sign: 'opposite',
        tolerance: { absolute: UNIT / 100n, percent: UNIT / 2n },
        timeWindowMs: 1_500,
        timingWindowMs: 86_400_000,
        reasonMap: { calls: 'requests' },
        groups: false,
      },
    });
  });

  it('reports every problem, by its path', () => {
    const parsed = parseRules({
      sign: 'other',
      tolerance: { absolute: '-1', percent: 'half', relative: 1 },
      timeWindowSeconds: -1,
      timingWindowSeconds: 'a day',
      reasonMap: { a: 1 },
      groups: 'yes',
      fuzzy: true,
    });
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path).sort()).toEqual([
      'rules.fuzzy',
      'rules.groups',
      'rules.reasonMap',
      'rules.sign',
      'rules.timeWindowSeconds',
      'rules.timingWindowSeconds',
      'rules.tolerance.absolute',
      'rules.tolerance.percent',
      'rules.tolerance.relative',
    ]);
    expect(parseRules([]).ok).toBe(false);
    expect(parseRules({ tolerance: 1 }).ok).toBe(false);
  });
});

describe('isWithinTolerance', () => {
  const within = (here: bigint, there: bigint, absolute: bigint, percent: bigint): boolean =>
    isWithinTolerance(here, there, { ...DEFAULT_RULES, tolerance: { absolute, percent } });

  it('holds to the last digit', () => {
    expect(within(UNIT, UNIT, 0n, 0n)).toBe(true);
    expect(within(UNIT, UNIT + 1n, 0n, 0n)).toBe(false);
    expect(within(UNIT, UNIT + 5n, 5n, 0n)).toBe(true);
    expect(within(UNIT, UNIT + 6n, 5n, 0n)).toBe(false);
    // 0.5 % of 200 is 1.
    expect(within(-200n * UNIT, -201n * UNIT, 0n, UNIT / 2n)).toBe(true);
    expect(within(-200n * UNIT, -201n * UNIT - 1n, 0n, UNIT / 2n)).toBe(false);
    // Of nothing, any per cent is nothing.
    expect(within(0n, 1n, 0n, 100n * UNIT)).toBe(false);
  });
});
