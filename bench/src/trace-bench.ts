import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hammer } from './load.js';
import type { Figure } from './report.js';
import { System } from './system.js';

const ROUNDS = 3;
const SECONDS = 5;
const CONNECTIONS = 64;
const BODY = JSON.stringify({ customerId: 'customer_001', delta: 12.5, reason: 'tokens.generated' });

type Mode = 'off' | 'default' | 'everything';

/**
 * (j) What tracing costs single emits: off, at its default (an endpoint is set, one request in a hundred is kept), and with
 * every request kept. The modes take turns, so that whatever else happens to the machine happens to all of them; the
 * collector is here, in the process that makes the load.
 */
export async function benchTracing(): Promise<Figure[]> {
  const collector = await startCollector();
  const system = await System.start();
  try {
    const modes: Record<Mode, Record<string, string>> = {
      off: {},
      default: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
      everything: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER: 'always_on' },
    };
    const rates: Record<Mode, number[]> = { off: [], default: [], everything: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const mode of Object.keys(modes) as Mode[]) {
        rates[mode].push(await measure(system, modes[mode]));
      }
    }
    if (collector.received() === 0) throw new Error('no trace has come: this measured nothing');
    const off = { what: 'the same with tracing off', value: median(rates.off) };
    return [
      {
        id: 'j.tracing.default',
        what: 'durable single emits, 64 connections, tracing at its default',
        value: median(rates.default),
        unit: 'req/s',
        ceiling: off,
        target: { kind: 'ratio', min: 0.9 },
      },
      {
        id: 'j.tracing.everything',
        what: 'the same with every trace kept',
        value: median(rates.everything),
        unit: 'req/s',
        ceiling: off,
      },
    ];
  } finally {
    await system.stop();
    collector.close();
  }
}

async function measure(system: System, env: Record<string, string>): Promise<number> {
  const { baseUrl } = await system.startApp('gateway', env);
  const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
  const url = `${baseUrl}/api/v1/balance/delta`;
  const { perSecond } = await hammer(url, {
    connections: CONNECTIONS,
    seconds: SECONDS,
    headers,
    body: BODY,
  });
  await system.stopApp('gateway');
  return perSecond;
}

/** Of an odd number. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? Number.NaN;
}

/** Takes what is sent to it, and counts. */
async function startCollector() {
  let received = 0;
  const server = createServer((request, response) => {
    received += 1;
    request.resume();
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
