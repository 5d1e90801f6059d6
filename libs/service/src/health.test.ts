import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health.js';
import { startProbe } from './health-probe.js';
import { answerOperations } from './operations-routes.js';

function registry() {
  let time = Date.UTC(2026, 10, 24);
  const now = () => new Date(time);
  const health = new HealthRegistry({ app: 'gateway', version: '1.0.0', now });
  return { health, pass: (ms: number) => void (time += ms) };
}

describe('HealthRegistry', () => {
  it('is ready only when intake is open and no required check has failed', () => {
    const { health } = registry();
    const log = health.check('nats');
    const cache = health.check('redis', { required: false });
    expect(health.ready).toBe(false);
    log.ok();
    cache.failed('connection refused');
    expect(health.ready).toBe(false);
    health.openIntake();
    expect(health.ready).toBe(true);
    log.degraded('buffered');
    expect(health.ready).toBe(true);
    log.failed('disconnected');
    expect(health.ready).toBe(false);
    log.ok();
    health.closeIntake('shutting down (SIGTERM)');
    expect(health.ready).toBe(false);
    health.openIntake();
    expect(health.ready).toBe(false);
    expect(health.report().intake).toBe('shutting down (SIGTERM)');
  });

  it('counts a check that nobody has reported on as failed', () => {
    const { health } = registry();
    health.check('postgres');
    health.openIntake();
    expect(health.ready).toBe(false);
    expect(health.report().checks[0]).toMatchObject({ state: 'failed', detail: 'not yet known' });
  });

  it('keeps `since` while the state stays, and moves it when the state changes', () => {
    const { health, pass } = registry();
    const check = health.check('nats');
    pass(1000);
    check.ok('fsync');
    pass(1000);
    check.ok('replicated');
    expect(check.report()).toMatchObject({ detail: 'replicated', since: '2026-11-24T00:00:01.000Z' });
    pass(1000);
    check.degraded('one server of three');
    expect(check.report().since).toBe('2026-11-24T00:00:03.000Z');
  });

  it('reports the worst state, facts, and time up', () => {
    const { health, pass } = registry();
    health.check('nats').ok();
    expect(health.report().state).toBe('ok');
    health.check('redis', { required: false }).failed('down');
    health.setFact('durability', 'buffered');
    pass(61_999);
    expect(health.report()).toMatchObject({
      state: 'degraded',
      uptimeSeconds: 61,
      facts: { durability: 'buffered' },
    });
    health.check('nats').failed('gone');
    expect(health.report().state).toBe('failed');
  });

  it('gives one check a name, and shows no credentials', () => {
    const { health } = registry();
    expect(health.check('nats')).toBe(health.check('nats'));
    health.check('nats').failed('nats://u:hunter2@h refused');
    health.setFact('log', 'nats://u:hunter2@h');
    expect(JSON.stringify(health.report())).not.toContain('hunter2');
  });
});

describe('answerOperations', () => {
  it('tells live from ready from report', async () => {
    const { health } = registry();
    health.check('nats').failed('down');
    const [live, ready, report] = await Promise.all([
      answerOperations('/health/live', { health }),
      answerOperations('/health/ready', { health }),
      answerOperations('/health', { health }),
    ]);
    expect([live?.status, ready?.status, report?.status]).toEqual([200, 503, 200]);
    expect(JSON.parse(ready!.body)).toMatchObject({
      ready: false,
      checks: [{ name: 'nats', state: 'failed' }],
    });
    health.check('nats').ok();
    health.openIntake();
    expect((await answerOperations('/health/ready', { health }))?.status).toBe(200);
    expect(await answerOperations('/metrics', { health })).toBeUndefined();
  });
});

describe('startProbe', () => {
  const until = async (condition: () => boolean) => {
    for (let round = 0; round < 5_000 && !condition(); round++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(condition()).toBe(true);
  };

  it('follows its dependency down and up again, and not once it is stopped', async () => {
    const { health } = registry();
    const check = health.check('postgres');
    let answer: () => Promise<string> = async () => Promise.resolve('pg 18');
    const stop = startProbe(check, { ask: async () => answer(), everyMs: 1, timeoutMs: 1000 });
    await until(() => check.state === 'ok');
    answer = async () => Promise.reject(new Error('refused'));
    await until(() => check.state === 'failed');
    expect(check.report().detail).toBe('refused');
    answer = async () => Promise.resolve('back');
    await until(() => check.state === 'ok');
    stop();
    check.failed('set by hand');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(check.state).toBe('failed');
  });

  it('gives up a question that never ends, and tells it so', async () => {
    const { health } = registry();
    const check = health.check('postgres');
    let aborted = false;
    const ask = async (signal: AbortSignal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise<string>(() => undefined);
    };
    const stop = startProbe(check, { ask, everyMs: 10_000, timeoutMs: 10 });
    await until(() => check.report().detail === 'postgres gave no answer within 10 ms');
    expect(aborted).toBe(true);
    stop();
  });
});
