import { request } from 'node:http';
import { laneOf } from '@pacspace/domain';
import { connectLog, type DeltaLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import { type EncodedDelta, encodeEnvelope } from '@pacspace/wire';
import { sendAtRate } from './derive-bench.js';
import { encodeUsage } from './encode-usage.js';
import { askAtRate, get, percentile, post } from './load.js';
import { untilProjected } from './project-bench.js';
import type { Figure } from './report.js';
import { System } from './system.js';

const COMPARES_PER_SECOND = 50;
const SECONDS = 10;
const API = '/api/v1/balance/compare';

/** (l) Two totals held against a customer's while batches arrive at half the rate that the system was just seen to sustain. */
export async function benchCompare(system: System, sustainedPerSecond: number): Promise<Figure[]> {
  await system.startApp('comparer');
  const stop = new AbortController();
  const load = sendAtRate(system, {
    perSecond: sustainedPerSecond / 2,
    first: 7_000_000_000,
    signal: stop.signal,
  });
  const url = `${baseUrlOf(system)}${API}`;
  const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
  const latencies = await askAtRate({ perSecond: COMPARES_PER_SECOND, seconds: SECONDS }, async (number) => {
    const body = { customerId: `customer_${number % 1_000}`, yourBalance: number, theirBalance: number };
    await post(url, headers, Buffer.from(JSON.stringify(body)));
  });
  stop.abort();
  await load;
  await system.stopApp('comparer');
  const what = 'two totals compared, half load';
  return [
    { id: 'l.compare.p50', what, value: percentile(latencies, 0.5), unit: 'ms' },
    {
      ...{ id: 'l.compare.p99', what: `${what}, 99 of 100`, unit: 'ms' },
      value: percentile(latencies, 0.99),
      target: { kind: 'value', max: 50 },
    },
  ];
}

const ENVIRONMENT = 'env_demo_test';
const CUSTOMER = 'disputed';
const ENVELOPE = 1_000;
/** One row in so many is missing, and another one has another amount. */
const FAULT_EVERY = 1_000;

/**
 * (l) A statement of a million rows handed in and held against a million deltas: what it takes until it is read, until
 * the report is there, and the comparer's memory.
 */
export async function benchStatement(records = 1_000_000): Promise<Figure[]> {
  const system = await System.start({ sharedBuffersMb: 512 });
  try {
    const connection = await connectLog({ url: system.env['NATS_URL'] ?? '', name: 'bench' });
    await fill(await openDeltaLog(connection, { lanes: Number(system.env['LANES']) }), records);
    await connection.close();
    await system.startApp('projector');
    await untilProjected(system, records);
    await system.stopApp('projector');
    // A read that is to see all of the log needs nobody to fold it any more.
    await system.startApp('gateway');
    await system.startApp('comparer');
    const startedAt = performance.now();
    const statementId = await handIn(system, records);
    const sentAt = performance.now();
    await until(system, `${API}/statements/${statementId}`, '"statementState":"ready"');
    const readAt = performance.now();
    const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
    const asked = await post(
      `${baseUrlOf(system)}${API}`,
      headers,
      Buffer.from(JSON.stringify({ statementId })),
    );
    const { reportId } = (JSON.parse(asked) as { data: { reportId: string } }).data;
    const report = await until(system, `${API}/${reportId}`, '"reportState":"done"');
    const madeAt = performance.now();
    checkReport(report, records);
    const count = records.toLocaleString('en');
    const share = records / 1_000_000;
    return [
      {
        id: 'l.statement.upload',
        what: `${count} rows sent and kept`,
        value: (sentAt - startedAt) / 1000,
        unit: 's',
      },
      {
        id: 'l.statement.read',
        what: 'and read into records',
        value: (readAt - sentAt) / 1000,
        unit: 's',
      },
      {
        id: 'l.statement.compare',
        what: `held against ${count} deltas, from the question to the report`,
        value: (madeAt - readAt) / 1000,
        unit: 's',
        target: { kind: 'value', max: 30 * share },
      },
      {
        id: 'l.statement.memory',
        what: 'comparer, resident at most',
        value: system.memory('comparer').peakMb,
        unit: 'MB',
        target: { kind: 'value', max: 500 },
      },
    ];
  } finally {
    await system.stop();
  }
}

function baseUrlOf(system: System): string {
  return system.apps.get('gateway')?.baseUrl ?? '';
}

async function until(system: System, path: string, sign: string): Promise<string> {
  for (;;) {
    const answer = await get(`${baseUrlOf(system)}${path}`, { 'x-api-key': system.apiKey });
    if (answer.includes(sign)) return answer;
    if (/"(refused|failed)"/.test(answer)) throw new Error(answer.slice(0, 500));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A figure of a wrong report is worth nothing. */
function checkReport(answer: string, records: number): void {
  const { data } = JSON.parse(answer) as {
    data: { classes: Record<string, { findings: number }>; identity: { holds: boolean } };
  };
  const faults = records / FAULT_EVERY;
  const found = [data.classes['onlyHere']?.findings, data.classes['amountDiffers']?.findings];
  if (data.identity.holds && found.every((count) => count === faults)) return;
  throw new Error(`${String(found)} were found where ${faults} are: ${answer.slice(0, 500)}`);
}

/** As a party's export would have it, written as fast as the gateway takes it. */
async function handIn(system: System, records: number): Promise<string> {
  const query = new URLSearchParams({
    ...{ customerId: CUSTOMER, amountColumn: 'amount', referenceColumn: 'ref' },
    ...{ timeColumn: 'at', reasonColumn: 'what' },
  });
  const answer = await new Promise<string>((resolve, reject) => {
    const call = request(`${baseUrlOf(system)}${API}/statements?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', 'x-api-key': system.apiKey },
    });
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    call.on('error', reject);
    call.write('ref,at,amount,what\n');
    let next = 0;
    const write = (): void => {
      while (next < records) {
        let chunk = '';
        for (const end = Math.min(records, next + 500); next < end; next += 1) chunk += rowOf(next);
        if (call.write(chunk)) continue;
        call.once('drain', write);
        return;
      }
      call.end();
    };
    write();
  });
  return (JSON.parse(answer) as { data: { statementId: string } }).data.statementId;
}

const amountOf = (number: number): number => 1 + ((number * 7919) % 4096);
const FIRST_MS = Date.UTC(2026, 8, 1);
const timeOf = (number: number): number => FIRST_MS + number * 2_000;

function rowOf(number: number): string {
  if (number % FAULT_EVERY === 1) return '';
  const amount = amountOf(number) + (number % FAULT_EVERY === 2 ? 1 : 0);
  return `req-${number},${new Date(timeOf(number)).toISOString()},${amount},tokens.generated\n`;
}

/** The ledger's side, straight into the log. */
async function fill(log: DeltaLog, records: number): Promise<void> {
  const lane = laneOf(ENVIRONMENT, CUSTOMER, log.lanes);
  for (let from = 0; from < records; from += ENVELOPE) {
    const group = Array.from({ length: Math.min(ENVELOPE, records - from) }, (_, i) => encode(from + i));
    const publishId = `bench-${from}`;
    await publishEnvelope(log, { lane, publishId, payload: encodeEnvelope(publishId, group) }, 10_000);
  }
}

function encode(number: number): EncodedDelta {
  return encodeUsage({
    ...{ environmentId: ENVIRONMENT, customerId: CUSTOMER },
    ...{ key: `key-${number}`, referenceId: `req-${number}` },
    ...{ amount: amountOf(number), occurredAtMs: timeOf(number) },
  });
}
