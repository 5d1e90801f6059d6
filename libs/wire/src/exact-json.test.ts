import { describe, expect, it } from '@jest/globals';
import { parseJsonExactly } from './exact-json.js';

describe('parseJsonExactly', () => {
  it('leaves short literals as the numbers they are', () => {
    expect(parseJsonExactly('{"delta":0.1,"n":12}')).toEqual({ delta: 0.1, n: 12 });
  });

  it('hands on the source text of a delta that a double would round', () => {
    expect(parseJsonExactly('{"customerId":"c","delta":0.10000000000000000001}')).toEqual({
      customerId: 'c',
      delta: '0.10000000000000000001',
    });
    expect(parseJsonExactly('{"deltas":[{"customerId":"c","delta":123456.123456789012}]}')).toEqual({
      deltas: [{ customerId: 'c', delta: '123456.123456789012' }],
    });
  });

  it('does not touch long numbers elsewhere, nor long digits in strings', () => {
    const parsed = parseJsonExactly(
      '{"customerId":"c","delta":5,"reason":"12345678901234567890","metadata":{"delta":0.12345678901234567}}',
    );
    expect(parsed).toEqual({
      customerId: 'c',
      delta: '5',
      reason: '12345678901234567890',
      metadata: { delta: 0.12345678901234567 },
    });
  });
});
