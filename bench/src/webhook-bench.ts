import { setTimeout as sleep } from 'node:timers/promises';
import { createLedgerPool } from '@pacspace/ledger';
import {
  createEndpoint,
  deleteEndpoint,
  SecretBox,
  urlPolicyOf,
  type WebhookTools,
} from '@pacspace/webhooks';
import type pg from 'pg';
import { BATCH, sendBatches } from './batch-bench.js';
import { percentile, post } from './load.js';
import { countEntries, untilProjected } from './project-bench.js';
import type { Figure } from './report.js';
import { System } from './system.js';
import { usageBatches } from './usage.js';
import { type Arrival, WebhookReceiver } from './webhook-receiver.js';

const RUSH = 40_000;
const WAITING = 1_000_000;
const ENDPOINTS = 100;

/** (i) Webhooks: how many a second, how soon, who is in whose way, and what a million that wait cost. */
export async function benchWebhooks(waiting = WAITING): Promise<Figure[]> {
  const system = await System.start();
  const receiver = await WebhookReceiver.start();
  const pool = createLedgerPool({ url: system.env['DATABASE_URL'] ?? '', name: 'bench', max: 2 });
  try {
    const bench = new WebhookBench(system, receiver, pool);
    await bench.open();
    return [
      ...(await bench.latency()),
      ...(await bench.isolation()),
      ...(await bench.rush()),
      ...(await bench.drain(waiting)),
    ];
  } finally {
    await pool.end();
    await system.stop();
    receiver.stop();
  }
}

class WebhookBench {
  private readonly tools: WebhookTools;
  private owner = { tenantId: '', environmentId: '' };

  constructor(
    private readonly system: System,
    private readonly receiver: WebhookReceiver,
    private readonly pool: pg.Pool,
  ) {
    const { env } = system;
    const urls = urlPolicyOf({
      WEBHOOK_ALLOW_HTTP: true,
      WEBHOOK_ALLOWED_NETWORKS: env['WEBHOOK_ALLOWED_NETWORKS'],
    });
    this.tools = { pool, box: new SecretBox(env['WEBHOOK_KEY'] ?? ''), urls, now: Date.now };
  }

  async open(): Promise<void> {
    const { rows } = await this.pool.query<{ id: string; tenant_id: string }>(
      "SELECT id, tenant_id FROM console.environment WHERE kind = 'test'",
    );
    const [environment] = rows;
    if (environment === undefined) throw new Error('the demo tenant has no sandbox');
    this.owner = { tenantId: environment.tenant_id, environmentId: environment.id };
    for (const app of ['gateway', 'projector', 'notifier']) await this.system.startApp(app);
  }

  private async withEndpoints<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
    const ids: string[] = [];
    for (const path of paths) {
      const input = { url: `${this.receiver.baseUrl}${path}`, events: ['delta.verified' as const] };
      ids.push((await createEndpoint(this.tools, this.owner, input)).id);
    }
    try {
      return await work();
    } finally {
      for (const id of ids) await deleteEndpoint(this.tools, this.owner.environmentId, id);
    }
  }

  /** Emits one by one, and notes how long after its acknowledgement each arrives at each path. */
  private async emitAndListen(count: number, everyMs: number, listeners: number): Promise<number[]> {
    const url = `${this.system.apps.get('gateway')?.baseUrl}/api/v1/balance/delta`;
    const headers = { 'x-api-key': this.system.apiKey, 'content-type': 'application/json' };
    const arrivals: Arrival[] = [];
    this.receiver.onArrival = (arrival) => arrivals.push(arrival);
    const acknowledged = new Map<string, number>();
    for (let n = 0; n < count; n += 1) {
      const body = Buffer.from(JSON.stringify({ customerId: `hook_${n % 50}`, delta: 1, reason: 'usage' }));
      const answer = JSON.parse(await post(url, headers, body)) as { data: { recordId: string } };
      acknowledged.set(answer.data.recordId, performance.now());
      await sleep(everyMs);
    }
    while (arrivals.length < count * listeners) await sleep(10);
    this.receiver.onArrival = undefined;
    return arrivals.flatMap(({ body, atMs }) => {
      const { data } = JSON.parse(body) as { data: { recordId: string } };
      const since = acknowledged.get(data.recordId);
      return since === undefined ? [] : [Math.max(0, atMs - since)];
    });
  }

  async latency(): Promise<Figure[]> {
    const taken = await this.withEndpoints(['/light'], () => this.emitAndListen(200, 25, 1));
    const what = 'from the acknowledgement of an emit to its webhook, light load';
    return [
      {
        id: 'i.latency.p50',
        what,
        value: percentile(taken, 0.5),
        unit: 'ms',
        target: { kind: 'value', max: 150 },
      },
      { id: 'i.latency.p99', what, value: percentile(taken, 0.99), unit: 'ms' },
    ];
  }

  async isolation(): Promise<Figure[]> {
    const others = Array.from({ length: ENDPOINTS - 1 }, (_, n) => `/other/${n}`);
    const taken = await this.withEndpoints(['/hanging', ...others], () =>
      this.emitAndListen(80, 250, others.length),
    );
    return [
      {
        id: 'i.isolation.p99',
        what: `the same at ${ENDPOINTS - 1} endpoints while one more hangs, four emits a second`,
        value: percentile(taken, 0.99),
        unit: 'ms',
        target: { kind: 'value', max: 1_000 },
      },
    ];
  }

  /** Everything that was told while no notifier ran: read, written as deliveries, and delivered. */
  async rush(): Promise<Figure[]> {
    return await this.withEndpoints(['/rush'], async () => {
      await this.system.stopApp('notifier');
      const before = await countEntries(this.system);
      await sendBatches(this.system, usageBatches(RUSH, BATCH, 1_000, 7_000_000_000), 2);
      await untilProjected(this.system, before + RUSH);
      const { count } = this.receiver;
      await this.system.startApp('notifier');
      const startedAt = performance.now();
      const already = this.receiver.count - count;
      await this.receiver.until(count + RUSH);
      const perSecond = (RUSH - already) / ((performance.now() - startedAt) / 1000);
      const figure = { what: `deliveries to one local endpoint, from the event stream on`, value: perSecond };
      return [{ ...figure, id: 'i.rate', unit: 'deliveries/s', target: { kind: 'value', min: 2_000 } }];
    });
  }

  /** Deliveries that wait in the tables already, a million of them. */
  async drain(waiting: number): Promise<Figure[]> {
    return await this.withEndpoints(['/drain'], async () => {
      await this.system.stopApp('notifier');
      await this.fill(waiting);
      const { count } = this.receiver;
      await this.system.startApp('notifier');
      const startedAt = performance.now();
      await this.receiver.until(count + waiting / 10);
      const early = this.system.memory('notifier').nowMb;
      await this.receiver.until(count + waiting);
      const seconds = (performance.now() - startedAt) / 1000;
      const { nowMb } = this.system.memory('notifier');
      const name = waiting.toLocaleString('en');
      return [
        {
          id: 'i.drain.rate',
          what: `${name} deliveries that wait, drained`,
          value: waiting / seconds,
          unit: 'deliveries/s',
        },
        {
          id: 'i.drain.memory',
          what: 'resident memory of the notifier at its end',
          value: nowMb,
          unit: 'MB',
          ceiling: { what: 'after a tenth of it', value: early },
          target: { kind: 'ratio', max: 1.2 },
        },
      ];
    });
  }

  private async fill(waiting: number): Promise<void> {
    await this.pool.query(
      `INSERT INTO webhook.event (created_at_ms, sequence, event_key, environment_id, customer_id, type, body)
       SELECT 1, n, md5(n::text)::uuid, $1, 'c_' || n % 1000, 'delta.verified',
              json_build_object('id', 'evt_' || md5(n::text), 'data', repeat('x', 600))::text
         FROM generate_series(1, $2::int8) n`,
      [this.owner.environmentId, waiting],
    );
    await this.pool.query(
      `INSERT INTO webhook.delivery (created_at_ms, due_at_ms, endpoint_no, lane, event_key)
       SELECT 1, 1, (SELECT max(number) FROM webhook.endpoint), n % 4, md5(n::text)::uuid
         FROM generate_series(1, $1::int8) n`,
      [waiting],
    );
    await this.pool.query('ANALYZE webhook.event, webhook.delivery');
  }
}
