import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Gate, type Leave } from './gate.js';

const entered = async (outcome: ReturnType<Gate['enter']>): Promise<Leave> => {
  if (typeof outcome === 'string') throw new Error(outcome);
  return outcome;
};

describe('Gate', () => {
  it('lets so many in, so many wait, and refuses the next at once', async () => {
    const gate = new Gate({ name: 'g', concurrency: 2, waitLimit: 1 });
    const first = await entered(gate.enter());
    await entered(gate.enter());
    const waiting = entered(gate.enter());
    expect(gate.enter()).toBe('full');
    expect([gate.inside, gate.waiting]).toEqual([2, 1]);
    first();
    await waiting;
    expect([gate.inside, gate.waiting]).toEqual([2, 0]);
  });

  it('keeps the order of arrival, and nobody overtakes at a free place', async () => {
    const gate = new Gate({ name: 'g', concurrency: 1, waitLimit: 9 });
    const leave = await entered(gate.enter());
    const order: number[] = [];
    const waiters = [1, 2, 3].map(async (number) => {
      const go = await entered(gate.enter());
      order.push(number);
      go();
    });
    leave();
    waiters.push(gate.run(() => void order.push(4)));
    await Promise.all(waiters);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('counts a second leave of the same place as none', async () => {
    const gate = new Gate({ name: 'g', concurrency: 2, waitLimit: 0 });
    const leave = await entered(gate.enter());
    await entered(gate.enter());
    leave();
    leave();
    expect(gate.inside).toBe(1);
  });

  it('lets a waiter give up, and gives its place to nobody', async () => {
    const gate = new Gate({ name: 'g', concurrency: 1, waitLimit: 1 });
    const leave = await entered(gate.enter());
    const patience = new AbortController();
    const waiting = gate.run(() => 'never', patience.signal);
    patience.abort(new Error('client gone'));
    await expect(waiting).rejects.toThrow('client gone');
    await expect(gate.run(() => 'never', AbortSignal.abort(new Error('already')))).rejects.toThrow('already');
    expect(gate.waiting).toBe(0);
    leave();
    expect(gate.inside).toBe(0);
    expect(await gate.run(() => 'works', patience.signal)).toBe('works');
  });

  it('frees the place of work that throws', async () => {
    const gate = new Gate({ name: 'g', concurrency: 1, waitLimit: 0 });
    await expect(gate.run(async () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(gate.inside).toBe(0);
  });

  it('closes: takes nobody more, and ends when those who were let in or wait have left', async () => {
    const gate = new Gate({ name: 'orders', concurrency: 1, waitLimit: 1 });
    const leave = await entered(gate.enter());
    let second = false;
    const waiting = gate.run(() => void (second = true));
    const closed = gate.close();
    await expect(gate.run(() => undefined)).rejects.toMatchObject({
      code: 'GATE_CLOSED',
      message: 'orders is closed',
    });
    leave();
    await Promise.all([waiting, closed]);
    expect(second).toBe(true);
    await gate.close();
  });

  it('never holds more inside or waiting than its bounds, whatever comes and goes', async () => {
    const step = fc.constantFrom('enter', 'leave', 'abort');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3),
        fc.nat(3),
        fc.array(step, { maxLength: 60 }),
        async (more, waitLimit, steps) => {
          const concurrency = more + 1;
          const gate = new Gate({ name: 'g', concurrency, waitLimit });
          const leaves: Leave[] = [];
          const patience: AbortController[] = [];
          let model = { inside: 0, waiting: 0 };
          for (const action of steps) {
            if (action === 'enter') {
              const abort = new AbortController();
              const outcome = gate.enter(abort.signal);
              const full = model.inside === concurrency && model.waiting === waitLimit;
              expect(outcome === 'full').toBe(full);
              if (typeof outcome === 'string') continue;
              if (model.inside < concurrency) model.inside++;
              else {
                model.waiting++;
                patience.push(abort);
              }
              outcome.then(
                (leave) => {
                  patience.splice(patience.indexOf(abort) >>> 0, 1);
                  leaves.push(leave);
                },
                () => undefined,
              );
            } else if (action === 'leave' && leaves.length > 0) {
              leaves.shift()?.();
              model =
                model.waiting > 0
                  ? { ...model, waiting: model.waiting - 1 }
                  : { ...model, inside: model.inside - 1 };
            } else if (action === 'abort' && patience.length > 0) {
              patience.shift()?.abort(new Error('gone'));
              model.waiting--;
            }
            await Promise.resolve();
            await new Promise((resolve) => setImmediate(resolve));
            expect({ inside: gate.inside, waiting: gate.waiting }).toEqual(model);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
