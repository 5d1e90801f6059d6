import { describe, expect, it } from '@jest/globals';
import { parsePlans, planOf, type Plans } from './plans.js';

function plans(text?: string): Plans {
  const parsed = parsePlans(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

describe('plans', () => {
  it('has the built-in ones beside those that are configured, which may replace them', () => {
    expect(planOf(plans(), 'free').deltas).toEqual({ test: 100, live: 0 });
    expect(planOf(plans(), 'unlimited')).toEqual({ deltas: { test: null, live: null }, rate: null });
    const own = plans(
      '{"free": {"deltas": {"test": 3, "live": null}}, "team": {"deltas": {"test": 1, "live": 2}}}',
    );
    expect(planOf(own, 'free')).toEqual({ deltas: { test: 3, live: null }, rate: null });
    expect(planOf(own, 'team').deltas.live).toBe(2);
    expect(planOf(own, 'unlimited').rate).toBeNull();
  });

  it.each(['nobody configured it', '__proto__', 'constructor', ''])('gives %p the least', (name) => {
    expect(planOf(plans('{"team": {"deltas": {"test": 1, "live": 2}}}'), name).deltas).toEqual({
      test: 100,
      live: 0,
    });
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /expected/],
    ['{"a": {}}', /a.deltas/],
    ['{"a": {"deltas": {"test": -1, "live": 0}}}', /a.deltas.test/],
    ['{"a": {"deltas": {"test": 1.5, "live": 0}}}', /a.deltas.test/],
    ['{"a": {"deltas": {"test": 1, "live": 0}, "speed": 1}}', /speed/],
    ['{"a": {"deltas": {"test": 1, "live": 0}, "rate": {"perSecond": 0, "burst": 1}}}', /perSecond/],
    ['{"A plan": {"deltas": {"test": 1, "live": 0}}}', /A plan/],
  ])('says what is wrong with %s', (text, message) => {
    expect(parsePlans(text)).toMatch(message);
  });
});
