import { describe, expect, it } from '@jest/globals';
import { startRedis, waitFor } from '@pacspace/testing';
import { closeCache, connectCache, isCacheReady, pingCache } from './connect-cache.js';
import { getLane } from './get-balance.js';
import { putTurn } from './put-turn.js';

const turn = (fromSequence: number, sequence: number) => ({
  lane: 0,
  fromSequence,
  sequence,
  envelopes: sequence,
  customers: [],
});

describe('the cache connection', () => {
  it('fails at once while Redis is away, queues nothing, and serves again by itself', async () => {
    await using server = await startRedis();
    const errors: Error[] = [];
    const ready: boolean[] = [];
    const cache = connectCache({
      url: server.url,
      name: 'test',
      onError: (error) => errors.push(error),
      onReady: (is) => ready.push(is),
      // Longer than the test may take: who waited for it would be noticed.
      commandTimeoutMs: 3_600_000,
    });
    await waitFor(() => isCacheReady(cache));
    expect(await putTurn(cache, turn(0, 1))).toBe('renewed');

    await server.kill();
    await waitFor(() => !isCacheReady(cache));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => putTurn(cache, turn(1, 2))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    }
    await waitFor(() => errors.length > 0);

    await server.start();
    await waitFor(() => isCacheReady(cache));
    // Nothing of the thousand was kept and sent later.
    expect(await getLane(cache, 0)).toBeUndefined();
    expect(await putTurn(cache, turn(1, 2))).toBe('renewed');
    expect(ready).toEqual([true, false, true]);
    closeCache(cache);
  });

  it('gives up on a server that hangs, and drops its connection', async () => {
    await using server = await startRedis();
    const cache = connectCache({
      url: server.url,
      name: 'test',
      onError: () => undefined,
      commandTimeoutMs: 200,
    });
    await waitFor(() => isCacheReady(cache));
    process.kill(server.pid, 'SIGSTOP');
    try {
      await expect(pingCache(cache)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await waitFor(() => !isCacheReady(cache));
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await waitFor(() => isCacheReady(cache));
    await pingCache(cache);
    closeCache(cache);
  });

  it('holds nothing untrue when Redis is out of memory, and comes out of that by itself', async () => {
    await using server = await startRedis();
    const cache = connectCache({ url: server.url, name: 'test', onError: () => undefined });
    await waitFor(() => isCacheReady(cache));
    await putTurn(cache, turn(0, 1));
    await cache.redis.config('SET', 'maxmemory', '1');
    await expect(putTurn(cache, turn(1, 2))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await getLane(cache, 0)).toMatchObject({ sequence: 1 });
    // A renewal gives memory back before it writes, and is let through.
    expect(await putTurn(cache, turn(3, 4))).toBe('renewed');
    expect(await getLane(cache, 0)).toEqual({ sequence: 4, envelopes: 4, since: 3 });
    closeCache(cache);
  });
});
