import { describe, expect, it } from '@jest/globals';
import type { DueDelivery } from '@pacspace/ledger';
import { EndpointQueue } from './endpoint-queue.js';

const delivery = (n: number, lane = 0): DueDelivery => ({
  eventKey: String(n).padStart(32, '0'),
  endpointNo: 1,
  lane,
  type: 'delta.verified',
  body: '{}',
  attempts: 0,
  createdAtMs: 0,
  customerId: undefined,
});

describe('EndpointQueue', () => {
  it('begins with few requests, and comes to more with every success', () => {
    const queue = new EndpointQueue(1, 10);
    for (let n = 0; n < 20; n += 1) queue.push(delivery(n));
    queue.active = 8;
    expect(queue.mayStart).toBe(false);
    queue.onSuccess();
    expect(queue.mayStart).toBe(true);
    for (let n = 0; n < 9; n += 1) queue.onSuccess();
    queue.active = 10;
    expect(queue.mayStart).toBe(false);
  });

  it('comes down to one request while all fail', () => {
    const queue = new EndpointQueue(1, 64);
    queue.push(delivery(1));
    for (let n = 0; n < 10; n += 1) queue.onFailure();
    expect(queue.mayStart).toBe(true);
    queue.active = 1;
    expect(queue.mayStart).toBe(false);
  });

  it('holds a bounded number of deliveries and characters', () => {
    const queue = new EndpointQueue(1, 64);
    for (let n = 0; n < 256; n += 1) queue.push(delivery(n));
    expect(queue.room).toBe(0);
    const large = new EndpointQueue(2, 64);
    for (let n = 0; n < 4; n += 1) large.push({ ...delivery(n), body: 'x'.repeat(1024 * 1024) });
    expect(large.room).toBe(0);
    expect(large.isLow).toBe(false);
    large.take();
    expect(large.room).toBeGreaterThan(0);
  });

  it('lets a lane go: what has not begun is forgotten, what is under way is known to its end', () => {
    const queue = new EndpointQueue(1, 64);
    for (let n = 0; n < 4; n += 1) queue.push(delivery(n, n % 2));
    const first = queue.take()!;
    expect(first.lane).toBe(0);
    queue.drop(0);
    expect(queue.knownIn(0)).toBe(1);
    expect(queue.knownIn(1)).toBe(2);
    queue.forget(first);
    expect(queue.knownIn(0)).toBe(0);
    expect([queue.take()?.lane, queue.take()?.lane, queue.take()]).toEqual([1, 1, undefined]);
  });

  it('does not take again from an older look into the tables what was done with meanwhile', async () => {
    const queue = new EndpointQueue(1, 64);
    queue.push(delivery(1));
    const under = queue.take()!;
    let answer = (_found: DueDelivery[]): void => undefined;
    const looked = queue.read(
      () => new Promise<DueDelivery[]>((resolve) => (answer = resolve)),
      (found) => {
        for (const one of found) if (!queue.has(one)) queue.push(one);
      },
    );
    queue.forget(under);
    answer([delivery(1), delivery(2)]);
    await looked;
    expect([queue.take()?.eventKey, queue.take()]).toEqual([delivery(2).eventKey, undefined]);
    // A later look shows it only when it is to be sent again.
    await queue.read(
      () => Promise.resolve([delivery(1)]),
      ([one]) => expect(queue.has(one!)).toBe(false),
    );
  });
});
