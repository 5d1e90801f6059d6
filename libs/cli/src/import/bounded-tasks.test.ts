import { describe, expect, it } from '@jest/globals';
import { BoundedTasks } from './bounded-tasks.js';

describe('BoundedTasks', () => {
  it('runs no more than its limit at once, and holds back who adds', async () => {
    const tasks = new BoundedTasks(2);
    const gates = [0, 1, 2].map(() => Promise.withResolvers<undefined>());
    const begun: number[] = [];
    const add = (i: number) =>
      tasks.add(async () => {
        begun.push(i);
        await gates[i]?.promise;
      });
    await add(0);
    await add(1);
    const third = add(2);
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1]);
    gates[1]?.resolve(undefined);
    await third;
    expect(begun).toEqual([0, 1, 2]);
    gates[0]?.resolve(undefined);
    gates[2]?.resolve(undefined);
    await tasks.drain();
  });

  it('hands a failure to whoever adds next, and to the end', async () => {
    const tasks = new BoundedTasks(1);
    await tasks.add(() => Promise.reject(new Error('broken')));
    await expect(tasks.add(() => Promise.reject(new Error('never begun')))).rejects.toThrow('broken');
    await expect(tasks.drain()).rejects.toThrow('broken');
    await expect(tasks.settle()).resolves.toBeUndefined();
  });
});
