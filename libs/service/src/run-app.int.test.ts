import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@pacspace/testing';

type Line = Record<string, unknown>;

const libRoot = fileURLToPath(new URL('..', import.meta.url));
const repoRoot = fileURLToPath(new URL('../../..', import.meta.url));

class SampleApp {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly exited: Promise<number | null>;
  #ended = false;
  stdout = '';
  stderr = '';

  constructor(env: Record<string, string>, args: readonly string[] = []) {
    this.#process = spawn(process.execPath, [`${libRoot}/test/sample-app.mjs`, ...args], {
      env: {
        OPERATIONS_PORT: '0',
        OPERATIONS_HOST: '127.0.0.1',
        SAMPLE_SECRET: 'sesame-open-sesame',
        ...env,
      },
    });
    this.#process.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#process.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = once(this.#process, 'close').then(([code]) => {
      this.#ended = true;
      return code as number | null;
    });
  }

  get lines(): Line[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  async line(msg: string): Promise<Line> {
    const find = () => this.lines.find((line) => line['msg'] === msg);
    await waitFor(() => find() ?? this.#ended, { timeoutMs: 20_000 });
    const found = find();
    if (found === undefined) throw new Error(`it ended without the line "${msg}": ${this.stderr}`);
    return found;
  }

  async operations(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${Number((await this.line('operations listener'))['port'])}${path}`);
  }

  async ask(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${Number((await this.line('sample listens'))['port'])}${path}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async end(): Promise<void> {
    if (!this.#ended) this.kill('SIGKILL');
    await this.exited;
  }
}

describe('an app on the chassis', () => {
  let app: SampleApp;
  const start = (env: Record<string, string> = {}, args?: readonly string[]) =>
    (app = new SampleApp(env, args));

  beforeAll(() => {
    // What is deployed is the built package; an old build must not be what is tested.
    execFileSync(process.execPath, [`${repoRoot}/node_modules/typescript/bin/tsc`, '-b', libRoot], {
      stdio: 'inherit',
    });
  }, 120_000);
  afterEach(async () => app.end());

  it('exits 78 and names all that is wrong, of the app and of the chassis, before anything else', async () => {
    start({ SAMPLE_SECRET: 'sesame', LOG_LEVEL: 'loud', OTEL_TRACES_SAMPLER: 'x' });
    expect(await app.exited).toBe(78);
    expect(app.stdout).toBe('');
    expect(app.stderr).toContain(
      'SAMPLE_SECRET: must be at least 16 characters; given: 6 characters that are not shown',
    );
    expect(app.stderr).toContain('LOG_LEVEL: must be one of');
    expect(app.stderr).toContain('OTEL_TRACES_SAMPLER: must be one of');
    expect(app.stderr).not.toContain('sesame');
  });

  it('lists its variables with --help, and exits 0', async () => {
    start({ SAMPLE_SECRET: '' }, ['--help']);
    expect(await app.exited).toBe(0);
    expect(app.stdout).toContain('  SAMPLE_SECRET  (required)');
    expect(app.stdout).toContain('  SHUTDOWN_BUDGET_MS  (default 25000)');
  });

  it('is alive while it starts, ready when it serves, and tells about itself', async () => {
    start({ SAMPLE_START_WAITS: 'true' });
    expect((await app.operations('/health/live')).status).toBe(200);
    expect((await app.operations('/health/ready')).status).toBe(503);
    app.kill('SIGUSR2');
    await app.line('sample serves');
    expect((await app.operations('/health/ready')).status).toBe(200);
    expect(await (await app.operations('/health')).json()).toMatchObject({
      app: 'sample',
      version: '1.2.3',
      state: 'ok',
    });
    expect(await (await app.operations('/metrics')).text()).toContain('pacspace_ready_info{app="sample"} 1');
    expect(await (await app.ask('/')).text()).toMatch(/^[\da-f]{32}$/);
    expect(app.stdout).not.toContain('sesame');
  });

  it('on SIGTERM: not ready, intake stopped, what is under way answered, connections closed, exit 0', async () => {
    start();
    const answer = app.ask('/work').then(async (response) => response.text());
    await app.line('sample serves');
    await app.line('work begun');
    app.kill('SIGTERM');
    await app.line('shutting down');
    expect((await app.operations('/health/ready')).status).toBe(503);
    await expect(app.ask('/')).rejects.toThrow();
    app.kill('SIGUSR2');
    expect(await answer).toMatch(/^[\da-f]{32}$/);
    expect(await app.exited).toBe(0);
    const steps = app.lines
      .filter((line) => line['step'] !== undefined)
      .map((line) => `${String(line['phase'])}: ${String(line['step'])}`);
    expect(steps.slice(0, 3)).toEqual(['intake: http', 'inflight: http', 'connections: nats']);
    expect(steps.slice(3).sort()).toEqual(['telemetry: operations listener', 'telemetry: traces']);
    expect(app.lines.at(-1)).toMatchObject({ msg: 'shut down', exitCode: 0 });
  });

  it('leaves at once on a second SIGTERM', async () => {
    start({ SAMPLE_HANGS: 'true' });
    await app.line('sample serves');
    app.kill('SIGTERM');
    await app.line('shutting down');
    await new Promise((resolve) => setTimeout(resolve, 700));
    app.kill('SIGTERM');
    expect(await app.exited).toBe(1);
    expect(app.lines.at(-1)).toMatchObject({ msg: 'second signal: leaving at once' });
  });

  it('leaves within its budget when something hangs, and says what', async () => {
    start({ SAMPLE_HANGS: 'true', SHUTDOWN_BUDGET_MS: '1000' });
    await app.line('sample serves');
    app.kill('SIGINT');
    expect(await app.exited).toBe(1);
    expect(app.lines.find((line) => line['step'] === 'hang')).toMatchObject({
      level: 'error',
      phase: 'inflight',
    });
    expect(app.lines.some((line) => line['step'] === 'nats' && line['level'] === 'info')).toBe(true);
  });

  it('gives up its start on SIGTERM, and that is no failure', async () => {
    start({ SAMPLE_START_WAITS: 'true' });
    await app.line('operations listener');
    app.kill('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(app.lines.some((line) => line['level'] === 'fatal')).toBe(false);
  });

  it('exits 1 with the reason when it cannot start', async () => {
    start({ SAMPLE_START_FAILS: 'true' });
    expect(await app.exited).toBe(1);
    expect(app.lines.find((line) => line['level'] === 'fatal')).toMatchObject({
      failure: 'start',
      err: { message: 'no such stream' },
    });
  });

  it.each([
    ['/throw', 'uncaught_exception'],
    ['/reject', 'unhandled_rejection'],
  ])('logs what nobody caught (%s), drains and exits 1', async (path, failure) => {
    start();
    await app.ask(path).catch(() => undefined);
    expect(await app.exited).toBe(1);
    expect(app.lines.find((line) => line['level'] === 'fatal')).toMatchObject({ failure });
    expect(app.lines.some((line) => line['step'] === 'nats')).toBe(true);
  });

  it('sends its last spans before it leaves', async () => {
    const traceIds: string[] = [];
    const collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        traceIds.push(...[...body.matchAll(/"traceId":"([\da-f]{32})"/g)].map((match) => match[1]!));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    try {
      start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER: 'always_on' });
      const traceId = await (await app.ask('/')).text();
      app.kill('SIGTERM');
      expect(await app.exited).toBe(0);
      expect(traceIds).toContain(traceId);
    } finally {
      collector.close();
      collector.closeAllConnections();
    }
  });

  it('leaves with 0 when the collector is gone: traces are not the service', async () => {
    start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_TRACES_SAMPLER: 'always_on',
      SHUTDOWN_BUDGET_MS: '4000',
    });
    await (await app.ask('/')).text();
    app.kill('SIGTERM');
    expect(await app.exited).toBe(0);
  });
});
