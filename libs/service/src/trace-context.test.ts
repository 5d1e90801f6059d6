import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTraceparent, newTraceContext, parseTraceparent } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('parseTraceparent', () => {
  it('reads ids and the sampled flag, and marks the context as remote', () => {
    const expected = { traceId: TRACE, spanId: SPAN, isRemote: true };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...expected, traceFlags: 1 });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toEqual({ ...expected, traceFlags: 0 });
  });

  it('keeps no flag but sampled: the others are not defined for version 00', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)?.traceFlags).toBe(1);
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)?.traceFlags).toBe(0);
  });

  it('reads what it knows of a later version, with or without more fields', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)?.traceId).toBe(TRACE);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-brings`)?.traceId).toBe(TRACE);
  });

  it.each([
    ['no header', undefined],
    ['empty', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more fields', `00-${TRACE}-${SPAN}-01-x`],
    ['a later version with text stuck on', `cc-${TRACE}-${SPAN}-01.x`],
    ['trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['trace id too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['flags too short', `00-${TRACE}-${SPAN}-1`],
    ['no hex', `00-${TRACE.replace('4', 'g')}-${SPAN}-01`],
    ['spaces around', ` 00-${TRACE}-${SPAN}-01`],
    ['a line break at the end', `00-${TRACE}-${SPAN}-01\n`],
    ['kilobytes', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(1000)}`],
  ])('takes %s for no context', (_name, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('never throws, and gives only valid contexts', () => {
    fc.assert(
      fc.property(
        fc.string({
          minLength: 50,
          maxLength: 60,
          unit: fc.constantFrom(...Array.from('0123456789abcdef-')),
        }),
        (header) => {
          const context = parseTraceparent(header);
          return context === undefined || /^[\da-f]{32}$/.test(context.traceId);
        },
      ),
    );
  });
});

describe('newTraceContext', () => {
  it('gives valid ids that are never the same, and not sampled', () => {
    const contexts = Array.from({ length: 20_000 }, () => newTraceContext());
    expect(new Set(contexts.map(({ traceId }) => traceId)).size).toBe(20_000);
    expect(new Set(contexts.map(({ spanId }) => spanId)).size).toBe(20_000);
    for (const context of contexts.slice(0, 200)) {
      expect(parseTraceparent(formatTraceparent(context))).toEqual({ ...context, isRemote: true });
    }
  });
});
