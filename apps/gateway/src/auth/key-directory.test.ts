import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiKeyRow, hashSecret } from '@pacspace/ledger';
import { parsePlans, type Plans } from '@pacspace/wire';
import { KeyDirectory } from './key-directory.js';

const PEPPER = 'a pepper of at least thirty-two characters';
const SECRET = 'abcdefghijklmnopqrstuvwxyz';
const KEY = `pk_test_public01.${SECRET}`;

function row(changes: Partial<ApiKeyRow> = {}): ApiKeyRow {
  return {
    keyId: 'key_1',
    publicId: 'public01',
    secretHash: hashSecret(PEPPER, SECRET),
    scopes: ['ingest'],
    active: true,
    expiresAtMs: undefined,
    environmentId: 'env_1',
    kind: 'test',
    environmentState: 'active',
    saltKey: Buffer.alloc(32),
    tenantId: 'ten_1',
    plan: 'free',
    ...changes,
  };
}

/** A key table that can change and go away, and a clock that the test moves. */
class Bench {
  rows: ApiKeyRow[] = [row()];
  away = false;
  loads: (readonly string[])[] = [];
  timeMs = 1_800_000_000_000;
  readonly keys = new KeyDirectory({
    pepper: PEPPER,
    plans: parsePlans(undefined) as Plans,
    now: () => this.timeMs,
    load: async (publicIds) => {
      this.loads.push(publicIds);
      await Promise.resolve();
      if (this.away) throw new Error('connection refused');
      return this.rows.filter((one) => publicIds.includes(one.publicId));
    },
  });

  async ask(text: string | undefined = KEY): Promise<string> {
    try {
      return (await this.keys.authenticate(text)).environmentId;
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  /** Until the breaker in front of the table tries again, on the real clock. */
  async letBreakerRest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 550));
  }
}

describe('KeyDirectory', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => new Promise((resolve) => setImmediate(resolve)));

  it('reads a key once, and answers at once while it is fresh', async () => {
    expect(await bench.ask()).toBe('env_1');
    bench.timeMs += 400;
    const principal = bench.keys.authenticate(KEY);
    expect(principal).toMatchObject({
      environmentId: 'env_1',
      tenantId: 'ten_1',
      kind: 'test',
      keyId: 'key_1',
      plan: 'free',
      allowed: 100,
    });
    expect(bench.loads).toEqual([['public01']]);
  });

  it.each([
    ['nothing', undefined],
    ['no key', 'hello'],
    ['a secret that is too short', 'pk_test_public01.short'],
    ['another character', `${KEY}!`],
    ['two keys', `${KEY}, ${KEY}`],
    ['a live prefix for a test key', KEY.replace('test', 'live')],
    ['another secret', `pk_test_public01.${SECRET.toUpperCase()}`],
    ['an unknown key', `pk_test_public02.${SECRET}`],
  ])('refuses %s', async (_what, text) => {
    if (text === undefined) expect(() => bench.keys.authenticate(undefined)).toThrow();
    else expect(await bench.ask(text)).toBe('INVALID_API_KEY');
  });

  it('never asks the data base about what no key looks like, nor twice a second about an unknown one', async () => {
    await bench.ask('pk_test_x.y');
    expect(bench.loads).toEqual([]);
    const unknown = `pk_test_public02.${SECRET}`;
    for (let i = 0; i < 5; i += 1) await bench.ask(unknown);
    expect(bench.loads).toEqual([['public02']]);
    bench.timeMs += 1_000;
    bench.rows.push(row({ publicId: 'public02', environmentId: 'env_2' }));
    expect(await bench.ask(unknown)).toBe('env_2');
  });

  it('refuses another secret also when the right one was just used', async () => {
    expect(await bench.ask()).toBe('env_1');
    expect(await bench.ask(`${KEY}x`)).toBe('INVALID_API_KEY');
    expect(await bench.ask()).toBe('env_1');
    expect(bench.loads).toHaveLength(1);
  });

  it.each([
    ['switched off', { active: false }, 'INVALID_API_KEY'],
    ['expired', { expiresAtMs: 0 }, 'INVALID_API_KEY'],
    ['given another secret', { secretHash: hashSecret(PEPPER, 'another') }, 'INVALID_API_KEY'],
    ['of a suspended environment', { environmentState: 'suspended' as const }, 'ENVIRONMENT_NOT_READY'],
  ])('stops a key within a second of being %s', async (_what, change, code) => {
    await bench.ask();
    bench.rows = [row(change)];
    bench.timeMs += 1_000;
    expect(await bench.ask()).toBe(code);
    bench.rows = [row()];
    bench.timeMs += 1_000;
    expect(await bench.ask()).toBe('env_1');
  });

  it('stops a deleted key within a second', async () => {
    await bench.ask();
    bench.rows = [];
    bench.timeMs += 1_000;
    expect(await bench.ask()).toBe('INVALID_API_KEY');
  });

  it('refuses a key at the moment it expires, without reading it again', async () => {
    bench.rows = [row({ expiresAtMs: bench.timeMs + 100 })];
    expect(await bench.ask()).toBe('env_1');
    bench.timeMs += 100;
    expect(await bench.ask()).toBe('INVALID_API_KEY');
  });

  it('reads a key in use again in the background, so that it never waits', async () => {
    await bench.ask();
    for (let i = 0; i < 4; i += 1) {
      bench.timeMs += 600;
      expect(bench.keys.authenticate(KEY)).not.toBeInstanceOf(Promise);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bench.loads).toHaveLength(5);
  });

  it('reads a key again before it is used, once somebody has said that it was changed', async () => {
    await bench.ask();
    bench.rows = [row({ active: false })];
    expect(await bench.ask()).toBe('env_1');
    bench.keys.forget(['public01']);
    expect(await bench.ask()).toBe('INVALID_API_KEY');
    bench.rows = [row()];
    bench.keys.forget();
    expect(await bench.ask()).toBe('env_1');
  });

  it('does not take an answer for the truth that was asked for before the change', async () => {
    await bench.ask();
    bench.timeMs += 600;
    // In the background; it has found the key as it was, and is on its way.
    void bench.keys.authenticate(KEY);
    await Promise.resolve();
    await Promise.resolve();
    bench.rows = [row({ active: false })];
    bench.keys.forget(['public01']);
    expect(await bench.ask()).toBe('INVALID_API_KEY');
  });

  it('does not use a key that is said to have changed while nobody can say how', async () => {
    await bench.ask();
    bench.away = true;
    bench.keys.forget(['public01']);
    expect(await bench.ask()).toBe('UNAVAILABLE');
    bench.away = false;
    await bench.letBreakerRest();
    expect(await bench.ask()).toBe('env_1');
  });

  it('counts the age of what it knows from when it asked, not from when it was answered', async () => {
    const load = Promise.withResolvers<undefined>();
    const keys = new KeyDirectory({
      pepper: PEPPER,
      plans: parsePlans(undefined) as Plans,
      now: () => bench.timeMs,
      load: async () => {
        const rows = [...bench.rows];
        await load.promise;
        return rows;
      },
    });
    const asked = Promise.resolve(keys.authenticate(KEY));
    await new Promise((resolve) => setImmediate(resolve));
    bench.rows = [row({ active: false })];
    bench.timeMs += 900;
    load.resolve(undefined);
    expect((await asked).environmentId).toBe('env_1');
    bench.timeMs += 100;
    await expect(Promise.resolve(keys.authenticate(KEY))).rejects.toMatchObject({ code: 'INVALID_API_KEY' });
  });

  it('tells which keys were used, and when last, each time once', async () => {
    expect([...bench.keys.takeUsed()]).toEqual([]);
    await bench.ask();
    bench.timeMs += 700;
    await bench.ask();
    expect([...bench.keys.takeUsed()]).toEqual([['key_1', bench.timeMs]]);
    bench.timeMs += 1;
    expect([...bench.keys.takeUsed()]).toEqual([]);
    await bench.ask(`${KEY}x`);
    expect([...bench.keys.takeUsed()]).toEqual([]);
  });

  it('lets known keys go on for a quarter of an hour while the data base is away, and tells others so', async () => {
    await bench.ask();
    bench.away = true;
    bench.timeMs += 14 * 60_000;
    expect(await bench.ask()).toBe('env_1');
    expect(await bench.ask(`${KEY}x`)).toBe('INVALID_API_KEY');
    expect(await bench.ask(`pk_test_public02.${SECRET}`)).toBe('UNAVAILABLE');
    bench.timeMs += 60_000;
    expect(await bench.ask()).toBe('UNAVAILABLE');
    bench.away = false;
    await bench.letBreakerRest();
    expect(await bench.ask()).toBe('env_1');
  });

  it('asks for all keys that wait in one question', async () => {
    bench.rows = Array.from({ length: 50 }, (_, i) =>
      row({ publicId: `public${i + 10}`, environmentId: `env_${i}` }),
    );
    const asked = bench.rows.map((one) => bench.ask(`pk_test_${one.publicId}.${SECRET}`));
    expect(await Promise.all(asked)).toEqual(bench.rows.map((one) => one.environmentId));
    expect(bench.loads.length).toBeLessThanOrEqual(2);
  });
});
