import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health.js';
import { createLogger } from './logger.js';
import { Shutdown, SHUTDOWN_PHASES, type ShutdownOptions } from './shutdown.js';

type Line = Record<string, unknown>;

function setUp(options: Partial<ShutdownOptions> = {}) {
  const lines: Line[] = [];
  const logger = createLogger({
    app: 'test',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const health = new HealthRegistry({ app: 'test', version: '0' });
  health.openIntake();
  const source = new EventEmitter();
  let told: (code: number) => void;
  const exited = new Promise<number>((resolve) => (told = resolve));
  const failures: string[] = [];
  const shutdown = new Shutdown({
    logger,
    health,
    onFailure: (kind) => void failures.push(kind),
    exit: (code) => told(code),
    ...options,
  });
  shutdown.listen(source);
  return { shutdown, source, health, lines, exited, failures };
}

const sleep = async (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('Shutdown', () => {
  it('turns readiness off, then runs the phases in order whatever the order of registration', async () => {
    const { shutdown, source, health, exited } = setUp();
    const order: string[] = [];
    for (const phase of SHUTDOWN_PHASES.toReversed()) {
      shutdown.register(phase, phase, async () => {
        expect(health.ready).toBe(false);
        await sleep(5);
        order.push(phase);
      });
    }
    source.emit('SIGTERM', 'SIGTERM');
    expect(health.ready).toBe(false);
    expect(await exited).toBe(0);
    expect(order).toEqual(['intake', 'inflight', 'connections', 'telemetry']);
    expect(shutdown.signal.aborted).toBe(true);
  });

  it('runs the steps of one phase at the same time, and logs each with its duration', async () => {
    const { shutdown, lines, exited } = setUp();
    let met = 0;
    const both = async () => {
      met++;
      while (met < 2) await sleep(1);
    };
    shutdown.register('connections', 'nats', both);
    shutdown.register('connections', 'postgres', both);
    void shutdown.begin('SIGTERM');
    expect(await exited).toBe(0);
    const steps = lines.filter((line) => line['step'] !== undefined);
    expect(steps.map((line) => line['step']).sort()).toEqual(['nats', 'postgres']);
    for (const line of steps)
      expect(line).toMatchObject({ phase: 'connections', tookMs: expect.any(Number) });
  });

  it('stops all intake before it waits for what is under way', async () => {
    const { shutdown, lines, exited } = setUp();
    const order: string[] = [];
    const intake = (name: string, ms: number) => async () => {
      order.push(`${name} told`);
      await sleep(ms);
      order.push(`${name} done`);
      if (name === 'pull loop') throw new Error('turn lost');
    };
    shutdown.registerIntake('http', intake('http', 30));
    shutdown.registerIntake('pull loop', intake('pull loop', 5));
    shutdown.register('connections', 'nats', () => void order.push('nats'));
    void shutdown.begin('SIGTERM');
    expect(await exited).toBe(1);
    expect(order).toEqual(['http told', 'pull loop told', 'pull loop done', 'http done', 'nats']);
    expect(lines.find((line) => line['level'] === 'error')).toMatchObject({
      step: 'pull loop',
      phase: 'inflight',
    });
  });

  it('goes on past a step that fails or hangs, within the budget, and exits 1', async () => {
    const { shutdown, lines, exited } = setUp({ budgetMs: 200 });
    let cutOff = false;
    let flushed = false;
    shutdown.register('intake', 'throws', () => {
      throw new Error('socket gone');
    });
    shutdown.register('inflight', 'hangs', async (timeIsUp) => {
      timeIsUp.addEventListener('abort', () => (cutOff = true));
      await new Promise(() => undefined);
    });
    shutdown.register('telemetry', 'flush', () => void (flushed = true));
    void shutdown.begin('SIGTERM');
    expect(await exited).toBe(1);
    expect([cutOff, flushed]).toEqual([true, true]);
    expect(lines.filter((line) => line['level'] === 'error')).toMatchObject([
      { step: 'throws', err: { message: 'socket gone' } },
      { step: 'hangs', phase: 'inflight' },
    ]);
  });

  it('takes a step that cuts off when its time is up for one that ended', async () => {
    const { shutdown, exited } = setUp({ budgetMs: 100 });
    shutdown.register('inflight', 'cuts', async (timeIsUp) => {
      await new Promise((resolve) => timeIsUp.addEventListener('abort', resolve));
    });
    void shutdown.begin('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('still takes work while load balancers learn of it', async () => {
    const { shutdown, source, health, exited } = setUp({ readinessLagMs: 40 });
    let stoppedAt = 0;
    shutdown.register('intake', 'http', () => void (stoppedAt = performance.now()));
    const startedAt = performance.now();
    source.emit('SIGTERM', 'SIGTERM');
    expect(health.ready).toBe(false);
    expect(shutdown.signal.aborted).toBe(false);
    await exited;
    expect(stoppedAt - startedAt).toBeGreaterThanOrEqual(39);
  });

  it('leaves at once on a second signal, but takes one right behind the first for the same wish', async () => {
    const { shutdown, source, lines, exited } = setUp({ budgetMs: 1000 });
    shutdown.register('inflight', 'hangs', async () => new Promise(() => undefined));
    source.emit('SIGINT', 'SIGINT');
    source.emit('SIGTERM', 'SIGTERM');
    await sleep(520);
    expect(lines.some((line) => line['msg'] === 'second signal: leaving at once')).toBe(false);
    source.emit('SIGTERM', 'SIGTERM');
    expect(await exited).toBe(1);
    await shutdown.begin('the same');
  });

  it.each([
    ['uncaughtException', 'uncaught_exception'],
    ['unhandledRejection', 'unhandled_rejection'],
  ])('counts and logs an %s, drains shortly and exits 1', async (event, kind) => {
    const { shutdown, source, lines, exited, failures } = setUp();
    let drained = false;
    shutdown.register('inflight', 'commit', () => void (drained = true));
    source.emit(event, new Error('bug'));
    expect(await exited).toBe(1);
    expect([drained, failures]).toEqual([true, [kind]]);
    expect(lines[0]).toMatchObject({ level: 'fatal', failure: kind, err: { message: 'bug' } });
    expect(lines[1]).toMatchObject({ msg: 'shutting down', budgetMs: 3000 });
  });

  it('gives the way back', () => {
    const { shutdown } = setUp();
    const source = new EventEmitter();
    shutdown.listen(source)();
    expect(source.eventNames()).toEqual([]);
  });
});
