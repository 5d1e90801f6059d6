import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SpawnedApp, spawnApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { readDashboardQueries, readRules } from '../deploy/read-queries.js';
import { readMetric } from '../system/operations.js';

type Name = 'gateway' | 'projector' | 'checkpointer' | 'comparer' | 'console' | 'notifier';
let gateway: TestGateway;
let apps: Record<Name, SpawnedApp>;
/** What each app's /metrics said, after something of everything has happened. */
let scraped: Record<Name, string>;

/** Every metric that operators are promised, by the app that has it. */
const PROMISED: Record<Name, readonly string[]> = {
  gateway: [
    'pacspace_accepted_deltas_total',
    'pacspace_replayed_deltas_total',
    'pacspace_rejected_deltas_total',
    'pacspace_envelope_deltas',
    'pacspace_envelope_bytes',
    'pacspace_publish_duration_seconds',
    'pacspace_failed_publishes_total',
    'pacspace_http_request_duration_seconds',
  ],
  projector: [
    'pacspace_projector_deltas_total',
    'pacspace_projector_dead_letters_total',
    'pacspace_projector_verified_seconds',
    'pacspace_lane_lag_envelopes',
    'pacspace_lane_lag_deltas',
    'pacspace_lane_lag_seconds',
  ],
  checkpointer: ['pacspace_checkpointer_seal_age_seconds', 'pacspace_checkpointer_overdue_seconds'],
  comparer: ['pacspace_comparer_comparisons_total', 'pacspace_comparer_balances_seconds'],
  console: ['pacspace_http_request_duration_seconds'],
  notifier: ['pacspace_notifier_waiting_deliveries', 'pacspace_notifier_overdue_seconds'],
};

/** Queues, pools and buffers with a bound: these at the least. */
const QUEUES: Record<Name, readonly string[]> = {
  gateway: [
    'batch_pieces',
    'batches',
    'body_bytes',
    'commit_deltas',
    'commit_size',
    'large_reads',
    'ledger_connections',
    'log_reads',
    'plan_exchanges',
    'public_verify',
    'read_connections',
    'reference_searches',
    'statement_uploads',
  ],
  projector: ['ledger_connections', 'read_ahead', 'turns'],
  checkpointer: ['large_checkpoints', 'log_connections', 'read_connections'],
  comparer: ['large_sums', 'ledger_connections', 'read_connections', 'run_connections'],
  console: ['passwords', 'read_connections'],
  notifier: ['notifier_connections', 'notifier_results_connections', 'webhook_requests', 'webhook_results'],
};

beforeAll(async () => {
  gateway = await spawnGateway();
  const env = { ...gateway.env, LOG_SIGNING_KEY: '5a'.repeat(32), WEBHOOK_KEY: 'k'.repeat(32) };
  const [projector, checkpointer, comparer, dashboard, notifier] = await Promise.all([
    spawnApp('projector', env),
    spawnApp('checkpointer', env),
    spawnApp('comparer', env),
    spawnApp('console', env),
    spawnApp('notifier', env),
  ]);
  apps = { gateway: gateway.app, projector, checkpointer, comparer, console: dashboard, notifier };
  await doSomethingOfEverything();
  const texts = await Promise.all(
    Object.entries(apps).map(async ([name, app]) => [name, await scrape(app)] as const),
  );
  scraped = Object.fromEntries(texts) as Record<Name, string>;
}, 120_000);

afterAll(async () => {
  const others = Object.values(apps).filter(({ name }) => name !== 'gateway');
  await Promise.all(others.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

/** Three deltas accepted, one of them repeated, one refused; then a read, a seal and a comparison. */
async function doSomethingOfEverything(): Promise<void> {
  const delta = { customerId: 'counted', delta: 1, reason: 'usage' };
  const statuses = [];
  for (const body of [delta, delta, { ...delta, delta: 0 }]) {
    statuses.push((await gateway.post('/api/v1/balance/delta', body, { 'idempotency-key': 'k' })).status);
  }
  const batch = { deltas: [delta, { ...delta, referenceId: 'r' }] };
  statuses.push((await gateway.post('/api/v1/balance/delta/batch', batch)).status);
  statuses.push((await gateway.get('/api/v1/balance/derive/counted')).status);
  const own = { customerId: 'counted' };
  statuses.push((await gateway.post('/api/v1/balance/checkpoint', own)).status);
  statuses.push(
    (await gateway.post('/api/v1/balance/compare', { ...own, yourBalance: 3, theirBalance: 3 })).status,
  );
  expect(statuses).toEqual([201, 201, 400, 201, 200, 201, 201]);
}

async function scrape({ operationsUrl }: SpawnedApp): Promise<string> {
  const answer = await fetch(`${operationsUrl}/metrics`);
  expect(answer.status).toBe(200);
  return answer.text();
}

/** Names of metrics as they are declared: a histogram's without `_bucket`. */
const declaredIn = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);

describe('/metrics', () => {
  it.each(Object.keys(PROMISED) as Name[])('of the %s has what is promised, with how busy it is', (name) => {
    const process = ['nodejs_eventloop_lag_p99_seconds', 'pacspace_ready_info', 'pacspace_unhealthy_checks'];
    expect(declaredIn(scraped[name])).toEqual(expect.arrayContaining([...PROMISED[name], ...process]));
    const samples = scraped[name].match(/^pacspace_queue_saturation_ratio\{queue="\w+"/gm) ?? [];
    expect(samples.map((sample) => /"(\w+)"/.exec(sample)?.[1])).toEqual(
      expect.arrayContaining([...QUEUES[name]]),
    );
  });

  it('counts what came, what was projected, and what was neither', async () => {
    const { gateway: taking, projector } = apps;
    expect(await readMetric(taking, 'pacspace_accepted_deltas_total')).toBe(3);
    expect(await readMetric(taking, 'pacspace_replayed_deltas_total')).toBe(1);
    expect(await readMetric(taking, 'pacspace_rejected_deltas_total')).toBe(1);
    expect(await readMetric(projector, 'pacspace_projector_deltas_total', { outcome: 'recorded' })).toBe(3);
    await waitFor(async () => (await readMetric(projector, 'pacspace_lane_lag_deltas')) === 0);
    const route = { method: 'POST', route: '/api/v1/balance/delta', status: '2xx' };
    expect(await readMetric(taking, 'pacspace_http_request_duration_seconds_count', route)).toBe(2);
  });

  it('is on the operations port, and not where the API is', async () => {
    for (const { baseUrl } of [apps.gateway, apps.console]) {
      expect((await fetch(`${baseUrl}/metrics`)).status).toBe(404);
      expect((await fetch(`${baseUrl}/health/ready`)).status).toBe(200);
    }
  });
});

describe('dashboards and rules', () => {
  it('ask for no metric that no app has', () => {
    const existing = new Set(Object.values(scraped).flatMap(declaredIn));
    const expressions = [...readDashboardQueries(), ...readRules().map(({ expr }) => expr)];
    const asked = new Set(
      expressions.flatMap((expr) => expr.match(/\b(?:pacspace|process|nodejs)_[a-z\d_]+/g) ?? []),
    );
    expect(asked.size).toBeGreaterThan(25);
    const unknown = [...asked].filter(
      (name) => !existing.has(name) && !existing.has(name.replace(/_(?:bucket|count|sum)$/, '')),
    );
    expect(unknown).toEqual([]);
  });

  it('ask for no label value that is never given', () => {
    const text = Object.values(scraped).join('\n');
    const expressions = [...readDashboardQueries(), ...readRules().map(({ expr }) => expr)];
    // What has not happened yet is counted from 0, so that its first time is seen as an increase.
    const values = new Set(
      expressions.flatMap((expr) => expr.match(/\b(?:route|method|outcome|activity|app|le)="[^"]+"/g) ?? []),
    );
    expect([...values].filter((value) => !text.includes(value))).toEqual([]);
  });
});
