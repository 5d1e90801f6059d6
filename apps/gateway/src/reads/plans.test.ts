import { describe, expect, it } from '@jest/globals';
import { allowedByPlan } from './plans.js';

describe('what a plan allows', () => {
  it.each([
    ['free', 'test', 100],
    ['free', 'live', 0],
    ['unlimited', 'live', null],
    ['a plan that nobody configured', 'live', 0],
    ['__proto__', 'test', 100],
    ['constructor', 'test', 100],
  ] as const)('%s in %s: %s', (plan, kind, allowed) => {
    expect(allowedByPlan(plan, kind)).toBe(allowed);
  });
});
