import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TransportOptions } from '../http/transport.js';
import { DeltaEmitter, type EmitterOptions } from './delta-emitter.js';

/** A service that answers when it is told to. */
class Service {
  readonly batches: string[][] = [];
  readonly answers: ((response: Response) => void)[] = [];

  readonly transport: TransportOptions = {
    baseUrl: 'http://service',
    apiKey: 'pk_test_a.b',
    maxRetries: 4,
    timeoutMs: 1_000,
    maxRetryAfterMs: 60_000,
    fetch: async (_url, init) => {
      this.batches.push((init?.body as string).trimEnd().split('\n'));
      return await new Promise((resolve) => this.answers.push(resolve));
    },
  };

  emitter(options: EmitterOptions): DeltaEmitter {
    return new DeltaEmitter(this.transport, options);
  }

  /** Answers the oldest request. @param failed errors by place */
  async answer(failed: Readonly<Record<number, object>> = {}): Promise<void> {
    const results = Object.entries(failed).map(([index, error]) => ({
      index: Number(index),
      status: 'FAILED',
      error,
    }));
    await this.respond(new Response(JSON.stringify({ success: true, data: { results } }), { status: 201 }));
  }

  async respond(response: Response): Promise<void> {
    await jest.advanceTimersByTimeAsync(0);
    this.answers.shift()!(response);
    await jest.advanceTimersByTimeAsync(0);
  }
}

const delta = (amount: number) => ({ customerId: 'c', delta: amount, reason: 'usage' });
const amounts = (lines: readonly string[] | undefined) =>
  lines?.map((line) => JSON.parse(line).delta as number);

describe('a buffering emitter', () => {
  let service: Service;

  beforeEach(() => {
    jest.useFakeTimers();
    service = new Service();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends when there are enough deltas, enough bytes, or the first has waited long enough', async () => {
    const emitter = service.emitter({ maxItems: 2, maxBytes: 500, maxAgeMs: 100 });
    for (const amount of [1, 2, 3]) emitter.emit(delta(amount));
    emitter.emit({ ...delta(4), reason: 'x'.repeat(400) });
    await jest.advanceTimersByTimeAsync(0);
    expect(service.batches.map(amounts)).toEqual([[1, 2], [3]]);
    await jest.advanceTimersByTimeAsync(99);
    expect(service.batches).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1);
    expect(service.batches.map(amounts)).toEqual([[1, 2], [3], [4]]);
  });

  it('has only so many batches under way, the oldest first', async () => {
    const emitter = service.emitter({ maxItems: 1, concurrency: 2 });
    for (const amount of [1, 2, 3, 4]) emitter.emit(delta(amount));
    await jest.advanceTimersByTimeAsync(0);
    expect(service.batches.map(amounts)).toEqual([[1], [2]]);
    await service.answer();
    expect(service.batches.map(amounts)).toEqual([[1], [2], [3]]);
  });

  it('says when it is full, is ready when there is room, and throws when nobody listens', async () => {
    const emitter = service.emitter({ maxItems: 1, concurrency: 1, maxBufferedBytes: 150 });
    expect(emitter.emit(delta(1))).toBe(true);
    expect(emitter.emit(delta(2))).toBe(false);
    let isReady = false;
    const ready = emitter.ready().then(() => (isReady = true));
    emitter.emit(delta(3));
    expect(() => emitter.emit(delta(4))).toThrow('await ready()');
    await service.answer();
    expect(isReady).toBe(false);
    await service.answer();
    await ready;
    expect(emitter.emit(delta(5))).toBe(false);
    expect(emitter.counts).toEqual({ pending: 2, recorded: 2, rejected: 0 });
  });

  it('flushes what was emitted before, however late the oldest of it is answered', async () => {
    const emitter = service.emitter({ maxItems: 1 });
    emitter.emit(delta(1));
    emitter.emit(delta(2));
    let isFlushed = false;
    const flushed = emitter.flush().then(() => (isFlushed = true));
    emitter.emit(delta(3));
    await jest.advanceTimersByTimeAsync(0);
    // 2 and 3 overtake 1: as many are recorded as were emitted, and 1 is not.
    const [first] = (service as unknown as { answers: ((response: Response) => void)[] }).answers.splice(
      0,
      1,
    );
    await service.answer();
    await service.answer();
    expect(emitter.counts.recorded).toBe(2);
    expect(isFlushed).toBe(false);
    first!(new Response('{"success":true,"data":{"results":[]}}', { status: 201 }));
    await flushed;
  });

  it('sends again only what found the service busy, with the same keys', async () => {
    const emitter = service.emitter({ maxItems: 3 });
    for (const amount of [1, 2, 3]) emitter.emit(delta(amount));
    await jest.advanceTimersByTimeAsync(0);
    await service.answer({ 1: { code: 'UNAVAILABLE', message: 'busy' } });
    await jest.advanceTimersByTimeAsync(10_000);
    expect(service.batches[1]).toEqual([service.batches[0]![1]]);
    expect(JSON.parse(service.batches[1]![0]!).idempotencyKey).toMatch(/^[0-9a-f]{32}:1$/);
    await service.answer();
    expect(emitter.counts).toEqual({ pending: 0, recorded: 3, rejected: 0 });
  });

  it('waits as long as the service asks for, and gives up after as long as it was told to', async () => {
    const rejected: string[] = [];
    const emitter = service.emitter({
      maxItems: 1,
      retryForMs: 60_000,
      onRejected: ({ delta: { delta: amount }, error }) => rejected.push(`${amount}: ${error.code}`),
    });
    emitter.emit(delta(1));
    await jest.advanceTimersByTimeAsync(0);
    const busy = (): Response => new Response('{}', { status: 429, headers: { 'retry-after': '25' } });
    await service.respond(busy());
    await jest.advanceTimersByTimeAsync(24_999);
    expect(service.batches).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(service.batches).toHaveLength(2);
    await service.respond(busy());
    await jest.advanceTimersByTimeAsync(60_000);
    expect(service.batches).toHaveLength(2);
    expect(rejected).toEqual(['1: RATE_LIMITED']);
  });

  it('says who was refused, and takes nothing after it was closed', async () => {
    const emitter = service.emitter({ maxItems: 2 });
    emitter.emit(delta(1));
    emitter.emit(delta(0));
    const closed = emitter.close();
    const refused = expect(closed).rejects.toMatchObject({
      code: 'NOT_RECORDED',
      message: '1 delta is not recorded, the first one because: must not be zero',
      cause: { code: 'VALIDATION_FAILED' },
    });
    await jest.advanceTimersByTimeAsync(0);
    await service.answer({ 1: { message: 'must not be zero' } });
    await refused;
    expect(() => emitter.emit(delta(1))).toThrow('the emitter is closed');
  });

  it('refuses limits that are none', () => {
    for (const options of [{ maxItems: 0 }, { maxBytes: 1e9 }, { concurrency: Number.NaN }, { maxAgeMs: -1 }])
      expect(() => service.emitter(options)).toThrow('must lie within');
  });
});
