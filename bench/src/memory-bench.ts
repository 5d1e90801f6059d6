import { request } from 'node:http';
import type { Figure } from './report.js';
import type { System } from './system.js';
import { usageLine } from './usage.js';

const BODY_MB = 100;

/** (f) Resident memory: what each app came to in all that went before, and the gateway with one body of 100 MB. */
export async function benchMemory(system: System, atRest: ReadonlyMap<string, number>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of system.apps.keys()) {
    figures.push(
      {
        id: `f.${name}.rest`,
        what: `${name}, resident at rest`,
        value: atRest.get(name) ?? Number.NaN,
        unit: 'MB',
      },
      {
        id: `f.${name}.load`,
        what: `${name}, resident at most under load`,
        value: system.memory(name).peakMb,
        unit: 'MB',
      },
    );
  }
  await sendLargeBody(system);
  figures.push({
    id: 'f.gateway.body',
    what: `gateway, resident at most, after a body of ${BODY_MB} MB`,
    value: system.memory('gateway').peakMb,
    unit: 'MB',
    target: { kind: 'value', max: 250 },
  });
  return figures;
}

/** One NDJSON request, written as fast as the gateway takes it, its answer read and thrown away meanwhile. */
async function sendLargeBody(system: System): Promise<void> {
  const gateway = system.apps.get('gateway');
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': system.apiKey };
  await new Promise<void>((resolve, reject) => {
    const call = request(
      `${gateway?.baseUrl}/api/v1/balance/delta/batch`,
      { method: 'POST', headers },
      (response) => {
        let tail = '';
        response.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString('latin1')).slice(-200)));
        response.on('error', reject);
        response.on('end', () => (tail.includes('"totalFailed":0') ? resolve() : reject(new Error(tail))));
      },
    );
    call.on('error', reject);
    let number = 6_000_000_000;
    let bytes = 0;
    const write = (): void => {
      while (bytes < BODY_MB * 1024 * 1024) {
        let chunk = '';
        for (let i = 0; i < 500; i += 1) chunk += `${usageLine(number++, 1_000)}\n`;
        bytes += chunk.length;
        if (!call.write(chunk)) {
          call.once('drain', write);
          return;
        }
      }
      call.end();
    };
    write();
  });
}
