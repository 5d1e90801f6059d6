import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Batch, BatchBuilder } from './batch-builder.js';

const delta = { customerId: 'c', delta: 1, reason: 'r' };
const line = fc.string({ unit: 'binary', maxLength: 40 });

describe('a batch builder', () => {
  it('keeps every line once, in order, within both limits, and counts bytes as UTF-8 has them', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 120 }),
        (lines, maxItems, maxBytes) => {
          const builder = new BatchBuilder(maxItems, maxBytes);
          const batches = lines.map((one) => builder.add(one, delta)).filter((one) => one !== undefined);
          const last = builder.take();
          const all: Batch[] = last === undefined ? batches : [...batches, last];
          expect(all.flatMap((batch) => batch.lines)).toEqual(lines);
          for (const batch of all) {
            const bytes = batch.lines.reduce((sum, one) => sum + Buffer.byteLength(one) + 1, 0);
            expect(batch.bytes).toBe(bytes);
            expect(batch.deltas).toHaveLength(batch.lines.length);
            expect(batch.lines.length).toBeLessThanOrEqual(maxItems);
            // One line alone may be over: it cannot be cut.
            if (batch.lines.length > 1)
              expect(bytes - Buffer.byteLength(batch.lines.at(-1)!) - 1).toBeLessThan(maxBytes);
            if (batch.lines.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
          }
          expect(builder.isEmpty).toBe(true);
          expect(builder.take()).toBeUndefined();
        },
      ),
    );
  });
});
