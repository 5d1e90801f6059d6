import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ForbiddenError,
  IdempotencyConflictError,
  InvalidApiKeyError,
  NotFoundError,
  type PacSpaceError,
  PlanLimitExceededError,
  RateLimitError,
  ServiceUnavailableError,
  TimeoutError,
  ValidationError,
} from '../errors.js';
import { send, type TransportOptions } from './transport.js';

type Step = Response | Error | 'silence';

/** Answers with the steps, one a try; notes when each try came. */
function playing(steps: readonly Step[], options: Partial<TransportOptions> = {}) {
  const tries: { readonly atMs: number; readonly headers: Headers }[] = [];
  const startedAt = Date.now();
  const transport: TransportOptions = {
    baseUrl: 'http://service',
    apiKey: 'pk_test_a.secret',
    maxRetries: 4,
    timeoutMs: 1_000,
    maxRetryAfterMs: 60_000,
    fetch: (_url, init) => {
      tries.push({ atMs: Date.now() - startedAt, headers: new Headers(init?.headers) });
      const step = steps[tries.length - 1] ?? ok();
      if (step instanceof Response) return Promise.resolve(step);
      if (step instanceof Error) return Promise.reject(step);
      return new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    },
    ...options,
  };
  return { transport, tries };
}

const ok = () => Response.json({ success: true, data: 1 }, { status: 201 });
const refusal = (status: number, error: object = {}, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ success: false, error, traceId: 'trace' }), { status, headers });
const call = { method: 'POST', path: '/x', idempotencyKey: 'key', body: {} } as const;

/** Lets the clock run until it is settled. */
async function settle<T>(work: Promise<T>): Promise<T | PacSpaceError> {
  const settled = work.catch((error: unknown) => error as PacSpaceError);
  await jest.advanceTimersByTimeAsync(600_000);
  return await settled;
}

describe('one call', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is tried again after 408, 429, 5xx, a broken connection and silence, with one key', async () => {
    for (const steps of [
      [refusal(408), refusal(429), refusal(500), refusal(503)],
      [new TypeError('fetch failed'), 'silence', refusal(502), refusal(202, { code: 'IDEMPOTENCY_PENDING' })],
    ] as const) {
      const { transport, tries } = playing(steps);
      expect(await settle(send(transport, call))).toMatchObject({ status: 201 });
      expect(tries.map(({ headers }) => headers.get('idempotency-key'))).toEqual(Array(5).fill('key'));
    }
  });

  it('is not tried again when that changes nothing', async () => {
    const errors = [
      [400, ValidationError],
      [401, InvalidApiKeyError],
      [402, PlanLimitExceededError],
      [403, ForbiddenError],
      [404, NotFoundError],
      [409, IdempotencyConflictError],
      [413, ValidationError],
      [422, ValidationError],
    ] as const;
    for (const [status, type] of errors) {
      const { transport, tries } = playing([refusal(status, { message: 'no' })]);
      const error = await settle(send(transport, call));
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ name: type.name, status, message: 'no', traceId: 'trace' });
      expect(tries).toHaveLength(1);
    }
  });

  it('waits longer each time, differently for everybody, and at least as long as it is asked to', async () => {
    const { transport, tries } = playing([
      refusal(503),
      refusal(503),
      refusal(429, {}, { 'retry-after': '7' }),
    ]);
    await settle(send(transport, call));
    const pauses = tries.slice(1).map(({ atMs }, i) => atMs - tries[i]!.atMs);
    expect(pauses[0]).toBeGreaterThanOrEqual(100);
    expect(pauses[0]).toBeLessThanOrEqual(200);
    expect(pauses[1]).toBeGreaterThanOrEqual(200);
    expect(pauses[2]).toBeGreaterThanOrEqual(7_000);
    const others = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const one = playing([refusal(503)]);
        await settle(send(one.transport, call));
        return one.tries[1]!.atMs;
      }),
    );
    expect(new Set(others).size).toBeGreaterThan(1);
  });

  it('ends with the last error, which says when to come back', async () => {
    const { transport, tries } = playing(
      Array.from({ length: 9 }, () => refusal(429, { retryAfterSeconds: 3 })),
    );
    const error = await settle(send(transport, call));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfter: 3, code: 'RATE_LIMITED' });
    expect(tries).toHaveLength(5);
    const later = playing([refusal(429, {}, { 'retry-after': '3600' })]);
    expect(await settle(send(later.transport, call))).toMatchObject({ retryAfter: 3_600 });
    expect(later.tries).toHaveLength(1);
  });

  it('says of silence, of no connection and of strangers what they are', async () => {
    const silent = playing(['silence'], { maxRetries: 0 });
    expect(await settle(send(silent.transport, call))).toBeInstanceOf(TimeoutError);
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const broken = playing([new TypeError('fetch failed', { cause })], { maxRetries: 0 });
    const error = await settle(send(broken.transport, call));
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('ECONNREFUSED') });
    const page = playing([new Response('<html>', { status: 200 })]);
    expect(await settle(send(page.transport, call))).toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });

  it('ends with the caller’s reason as soon as the caller gives up', async () => {
    const reason = new Error('enough');
    for (const steps of [['silence'], [refusal(503)]] as const) {
      const caller = new AbortController();
      const { transport, tries } = playing(steps);
      const settled = send(transport, { ...call, signal: caller.signal }).catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(50);
      caller.abort(reason);
      expect(await settled).toBe(reason);
      await expect(send(transport, { ...call, signal: caller.signal })).rejects.toBe(reason);
      expect(tries).toHaveLength(1);
    }
  });

  it('never shows the key', async () => {
    const { transport } = playing([new TypeError('fetch failed')], { maxRetries: 0 });
    const error = (await settle(send(transport, call))) as PacSpaceError;
    expect(JSON.stringify(error) + error.message + String(error.stack)).not.toContain('secret');
  });
});
