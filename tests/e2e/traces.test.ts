import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectLog } from '@pacspace/log';
import { jetstreamManager } from '@nats-io/jetstream';
import { type SpawnedApp, spawnApp, waitFor } from '@pacspace/testing';
import { type Answer, type Api } from '../system/api.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../system/otlp-receiver.js';
import { startCalmSystem, type System } from '../system/start-system.js';

/** In no span's name or attributes, and in no metric. */
const CUSTOMER = 'customer_who_is_nobodys_business';

let system: System;
let receiver: OtlpReceiver;
let gateway: SpawnedApp;
let projector: SpawnedApp;
let checkpointer: SpawnedApp;
let comparer: SpawnedApp;
let api: Api;

beforeAll(async () => {
  [system, receiver] = await Promise.all([startCalmSystem(2), startOtlpReceiver()]);
  const env = {
    ...system.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    LOG_SIGNING_KEY: randomBytes(32).toString('hex'),
  };
  [gateway, projector, checkpointer, comparer] = await Promise.all([
    spawnApp('gateway', env),
    spawnApp('projector', env),
    spawnApp('checkpointer', env),
    spawnApp('comparer', env),
  ]);
  api = system.apiOf(gateway);
}, 120_000);

afterAll(async () => {
  await Promise.all([gateway, projector, checkpointer, comparer].map((app) => app.stop()));
  await receiver.close();
  await system.close();
}, 60_000);

/** A caller who records: what it sends, and the ids that it knows. */
interface Caller {
  readonly traceId: string;
  readonly spanId: string;
  readonly headers: Record<string, string>;
}

function newCaller(): Caller {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

const emit = (caller: Caller, delta: Record<string, unknown> = {}): Promise<Answer> =>
  api.post(
    '/api/v1/balance/delta',
    { customerId: CUSTOMER, delta: '1.5', reason: 'traced', ...delta },
    caller.headers,
  );

/** From a span to the caller: `service name` of each, the caller's own excluded. Undefined: it leads elsewhere. */
function wayTo({ spanId }: Caller, span: ReceivedSpan): string[] | undefined {
  const way: string[] = [];
  for (let at: ReceivedSpan | undefined = span; at !== undefined;) {
    way.unshift(`${at.service.replace('pacspace-', '')}: ${at.name}`);
    if (at.parentSpanId === spanId) return way;
    const { parentSpanId }: ReceivedSpan = at;
    at = receiver.spans.find((one) => one.spanId === parentSpanId);
  }
  return undefined;
}

/** Every span of the caller's trace, as its way from the caller. */
const waysFrom = (caller: Caller): string[] =>
  receiver.spans
    .filter(({ traceId }) => traceId === caller.traceId)
    .map((span) => wayTo(caller, span)?.join(' > ') ?? `LOST ${span.name}`);

async function expectWays(caller: Caller, expected: readonly string[]): Promise<void> {
  await waitFor(() => {
    const ways = waysFrom(caller);
    return expected.every((way) => ways.includes(way));
  }).catch(() => undefined);
  expect(waysFrom(caller)).toEqual(expect.arrayContaining([...expected]));
  expect(waysFrom(caller).filter((way) => way.startsWith('LOST'))).toEqual([]);
}

const TO_LEDGER = 'gateway: POST /api/v1/balance/delta > gateway: publish deltas > projector: process deltas';

describe('a trace', () => {
  it('leads from one request through envelope, ledger and cache to the events, and its id is shown on the way', async () => {
    const caller = newCaller();
    const { traceId } = caller;
    const emitted = await emit(caller);
    expect([emitted.status, emitted.body.data.traceId]).toEqual([201, traceId]);
    await expectWays(caller, [
      'gateway: POST /api/v1/balance/delta',
      TO_LEDGER,
      `${TO_LEDGER} > projector: UPDATE lane COPY entry COPY record`,
      `${TO_LEDGER} > projector: EVALSHA put turn`,
      `${TO_LEDGER} > projector: publish events`,
    ]);

    const { recordId, receiptId } = emitted.body.data;
    const status = await api.get(`/api/v1/balance/delta/${recordId}`);
    expect(status.body.data).toMatchObject({ status: 'VERIFIED', traceId });
    const receipt = await api.get(`/api/v1/balance/receipts/${receiptId}`);
    expect(receipt.body.data).toMatchObject({ receiptId, traceId });

    // Whoever acts on the events goes on with the trace.
    const connection = await connectLog({ url: system.env['NATS_URL']!, name: 'test' });
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info('EVENTS');
    const message = await manager.streams.getMessage('EVENTS', { seq: state.last_seq });
    await connection.close();
    expect(message?.header.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  });

  it('is named by an error', async () => {
    const caller = newCaller();
    const refused = await emit(caller, { delta: 'much' });
    expect([refused.status, refused.body.traceId]).toEqual([400, caller.traceId]);
    await expectWays(caller, ['gateway: POST /api/v1/balance/delta']);
  });

  it('is found from each of the requests that rode in one envelope', async () => {
    const callers = Array.from({ length: 30 }, newCaller);
    const answers = await Promise.all(callers.map((caller) => emit(caller)));
    expect(answers.map(({ status }) => status)).toEqual(callers.map(() => 201));
    const isFollowed = ({ traceId }: Caller): boolean => {
      const own = receiver.spans.filter((span) => span.traceId === traceId);
      const near = new Set(own.flatMap(({ spanId, links }) => [spanId, ...links]));
      // The envelope itself is in the trace, or linked to; either way it goes on to the ledger.
      return receiver.spans.some(({ name, parentSpanId, links }) => {
        return name === 'process deltas' && [parentSpanId, ...links].some((id) => near.has(id));
      });
    };
    await waitFor(() => callers.every(isFollowed));
    const envelopes = new Set(answers.map(({ body }) => body.data.position.sequence));
    expect(envelopes.size).toBeLessThan(callers.length);
  });

  it('leads from a read to the stores that it asked', async () => {
    const caller = newCaller();
    const answer = await fetch(`${gateway.baseUrl}/api/v1/balance/derive/${CUSTOMER}`, {
      headers: { 'x-api-key': system.keys.acme, ...caller.headers },
    });
    expect(answer.status).toBe(200);
    const route = 'gateway: GET /api/v1/balance/derive/:customerId';
    await expectWays(caller, [
      route,
      `${route} > gateway: ask log for its length`,
      `${route} > gateway: wait for projection`,
      `${route} > gateway: SELECT lane`,
    ]);
  });

  it('leads from a checkpoint over NATS to the closing in the log, the seal and the signed head', async () => {
    const lastMonth = new Date(Date.now() - 40 * 86_400_000).toISOString();
    expect((await emit(newCaller(), { occurredAt: lastMonth })).status).toBe(201);
    const caller = newCaller();
    const made = await api.post(
      '/api/v1/balance/checkpoint',
      { customerId: CUSTOMER, period: lastMonth.slice(0, 7) },
      caller.headers,
    );
    expect(made.status).toBe(201);
    const asked =
      'gateway: POST /api/v1/balance/checkpoint > gateway: checkpoint.create > checkpointer: checkpoint.create';
    await expectWays(caller, [
      `${asked} > checkpointer: wait for projection`,
      `${asked} > checkpointer: publish closing > projector: process deltas`,
      `${asked} > checkpointer: COPY seal UPDATE seal_log`,
      `${asked} > checkpointer: COPY seal UPDATE seal_log > checkpointer: publish heads`,
    ]);
  });

  it('leads from a comparison over NATS to the balance and the report', async () => {
    const caller = newCaller();
    const body = { customerId: CUSTOMER, yourBalance: 1, theirBalance: 1 };
    expect((await api.post('/api/v1/balance/compare', body, caller.headers)).status).toBe(201);
    const asked = 'gateway: POST /api/v1/balance/compare > comparer: compare balances';
    await expectWays(caller, [
      `${asked} > comparer: wait for projection`,
      `${asked} > comparer: INSERT compare.report`,
    ]);
  });

  it('says nothing of a customer, and neither do the metrics', async () => {
    expect(receiver.spans.length).toBeGreaterThan(50);
    expect(receiver.spans.filter((span) => JSON.stringify(span).includes(CUSTOMER))).toEqual([]);
    for (const app of [gateway, projector, checkpointer, comparer]) {
      const text = await (await fetch(`${app.operationsUrl}/metrics`)).text();
      expect(text).toContain('pacspace_build_info');
      expect(text).not.toContain(CUSTOMER);
    }
  });
});
