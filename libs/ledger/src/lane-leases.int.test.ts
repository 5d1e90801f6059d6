import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, waitFor } from '@pacspace/testing';
import pg from 'pg';
import { LaneLeases } from './lane-leases.js';

let url: string;

beforeAll(async () => {
  ({ url } = await createDatabase());
});

async function open(name: string, lost: Error[] = []): Promise<LaneLeases> {
  return await LaneLeases.open({ url, name, onLost: (error) => lost.push(error) });
}

describe('lane leases', () => {
  let admin: pg.Client;

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
  });

  afterAll(() => admin.end());

  it('are held by one session a lane, and free again when it gives them or ends', async () => {
    const [a, b] = [await open('a'), await open('b')];
    expect(await a.tryTake(0)).toBe(true);
    expect(await b.tryTake(0)).toBe(false);
    expect(await b.tryTake(1)).toBe(true);
    await a.give(0);
    expect(await b.tryTake(0)).toBe(true);
    await b.close();
    expect(await a.tryTake(0)).toBe(true);
    expect(await a.tryTake(1)).toBe(true);
    await a.close();
  });

  it('go to exactly one of many that ask at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => open(`asker ${n}`)));
    const taken = await Promise.all(all.map((leases) => leases.tryTake(7)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await Promise.all(all.map((leases) => leases.close()));
  });

  it('show to all who takes part and who has which', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await a.join();
    await b.join();
    await a.tryTake(5);
    await b.tryTake(6);
    await b.leave();
    const [seenByA, seenByB] = [await a.look(), await b.look()];
    expect(seenByA).toEqual({ ...seenByB, me: seenByA.me });
    expect(seenByA.writers).toEqual([seenByA.me]);
    expect(seenByA.holders).toEqual(
      new Map([
        [5, seenByA.me],
        [6, seenByB.me],
      ]),
    );
    await a.close();
    expect(await b.look()).toEqual({ ...seenByB, writers: [], holders: new Map([[6, seenByB.me]]) });
    await b.close();
  });

  it('are lost with their session, which is told, and another takes them', async () => {
    const lost: Error[] = [];
    const [a, b] = [await open('victim', lost), await open('heir')];
    expect(await a.tryTake(3)).toBe(true);
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim leases'",
    );
    await waitFor(() => lost.length > 0);
    await waitFor(() => b.tryTake(3));
    await expect(a.tryTake(4)).rejects.toThrow();
    await b.close();
  });
});
