import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.js';

function setUp(options: Partial<CircuitBreakerOptions> = {}) {
  let time = 0;
  const changes: string[] = [];
  const breaker = new CircuitBreaker({
    name: 'redis',
    failureLimit: 3,
    openMs: 100,
    maxOpenMs: 1000,
    now: () => time,
    random: () => 1,
    onChange: (state) => void changes.push(state),
    ...options,
  });
  const fail = async () => breaker.attempt(async () => Promise.reject(new Error('refused')));
  const succeed = async () => breaker.attempt(async () => Promise.resolve('value'));
  return { breaker, changes, fail, succeed, pass: (ms: number) => void (time += ms) };
}

describe('CircuitBreaker', () => {
  it('hands on values and failures while closed', async () => {
    const { breaker, succeed, fail } = setUp();
    expect(await succeed()).toEqual({ ok: true, value: 'value' });
    expect(await fail()).toMatchObject({ ok: false, reason: 'failed', cause: { message: 'refused' } });
    expect(breaker.state).toBe('closed');
  });

  it('opens after so many failures in a row, not in all', async () => {
    const { breaker, succeed, fail, changes } = setUp();
    await fail();
    await fail();
    await succeed();
    await fail();
    await fail();
    expect(breaker.state).toBe('closed');
    await fail();
    expect(changes).toEqual(['open']);
  });

  it('does not ask while open', async () => {
    const { breaker, fail } = setUp({ failureLimit: 1 });
    await fail();
    let asked = false;
    const outcome = await breaker.attempt(async () => Promise.resolve((asked = true)));
    expect(outcome).toMatchObject({ ok: false, reason: 'open', cause: { code: 'CIRCUIT_OPEN' } });
    expect(asked).toBe(false);
  });

  it('lets one trial through when its time has come, and closes on its answer', async () => {
    const { breaker, fail, succeed, pass, changes } = setUp({ failureLimit: 1 });
    await fail();
    pass(99);
    expect(await succeed()).toMatchObject({ reason: 'open' });
    pass(1);
    let answer: (value: string) => void = () => undefined;
    const trial = breaker.attempt(async () => new Promise<string>((resolve) => (answer = resolve)));
    expect(breaker.state).toBe('half-open');
    expect(await succeed()).toMatchObject({ reason: 'open' });
    answer('back');
    expect(await trial).toEqual({ ok: true, value: 'back' });
    expect(await succeed()).toMatchObject({ ok: true });
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('stays open twice as long after each failed trial, up to the most, and starts again once closed', async () => {
    const { breaker, fail, succeed, pass } = setUp({ failureLimit: 1 });
    await fail();
    for (const openMs of [100, 200, 400, 800, 1000, 1000]) {
      pass(openMs - 1);
      expect(await succeed()).toMatchObject({ reason: 'open' });
      pass(1);
      expect(await fail()).toMatchObject({ reason: 'failed' });
    }
    pass(1000);
    await succeed();
    await fail();
    pass(100);
    expect(await succeed()).toMatchObject({ ok: true });
    expect(breaker.state).toBe('closed');
  });

  it('listens to no answer from before it opened: only a trial closes it', async () => {
    const { breaker, fail } = setUp({ failureLimit: 1 });
    let answer: (value: string) => void = () => undefined;
    const early = breaker.attempt(async () => new Promise<string>((resolve) => (answer = resolve)));
    await fail();
    answer('late');
    expect(await early).toEqual({ ok: true, value: 'late' });
    expect(breaker.state).toBe('open');
  });

  it('takes no answer in time for a failure, and tells the question so', async () => {
    const { breaker } = setUp({ failureLimit: 1, timeoutMs: 10 });
    let told: unknown;
    const outcome = await breaker.attempt(
      async (signal) => new Promise(() => signal.addEventListener('abort', () => (told = signal.reason))),
    );
    expect(outcome).toMatchObject({ reason: 'failed', cause: { code: 'TIMED_OUT' } });
    expect(told).toMatchObject({ message: 'redis gave no answer within 10 ms' });
    expect(breaker.state).toBe('open');
  });

  it('throws on what is the fault of the question, and does not count it', async () => {
    const wrong = new Error('syntax');
    const { breaker } = setUp({ failureLimit: 1, isFailure: (error) => error !== wrong });
    await expect(breaker.attempt(async () => Promise.reject(wrong))).rejects.toBe(wrong);
    expect(breaker.state).toBe('closed');
  });
});
