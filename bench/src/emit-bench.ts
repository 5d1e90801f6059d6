import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hammer } from './load.js';
import type { Figure } from './report.js';
import type { System } from './system.js';

const SECONDS = 8;
const BODY = JSON.stringify({
  customerId: 'customer_001',
  delta: 12.5,
  reason: 'tokens.generated',
  referenceId: 'req-1',
});

/** (a) Durable single emits over HTTP, everything on, against a bare Fastify echo of the same body. */
export async function benchEmit(system: System): Promise<Figure[]> {
  const gateway = system.apps.get('gateway');
  if (gateway === undefined) throw new Error('the gateway does not run');
  const echo = spawn(process.execPath, [new URL('./echo-server.js', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [address] = (await once(createInterface(echo.stdout), 'line')) as [string];
    const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
    const figures: Figure[] = [];
    for (const [connections, wanted] of [
      [64, 0.2],
      [512, 0.4],
    ] as const) {
      const options = { connections, seconds: SECONDS, headers, body: BODY };
      const bare = await hammer(`${address}/echo`, options);
      const emit = await hammer(`${gateway.baseUrl}/api/v1/balance/delta`, options);
      figures.push(
        {
          id: `a.emit.${connections}`,
          what: `durable single emits, ${connections} connections`,
          value: emit.perSecond,
          unit: 'req/s',
          ceiling: { what: 'bare Fastify echo', value: bare.perSecond },
          target: { kind: 'ratio', min: wanted },
        },
        { id: `a.emit.${connections}.p50`, what: 'its latency, half', value: emit.p50Ms, unit: 'ms' },
        { id: `a.emit.${connections}.p99`, what: 'its latency, 99 of 100', value: emit.p99Ms, unit: 'ms' },
      );
    }
    return figures;
  } finally {
    echo.kill('SIGKILL');
  }
}
