import { Agent, request } from 'node:http';
import autocannon from 'autocannon';

export interface Hammered {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** As many requests as `connections` keep under way, for some seconds after a warm-up. Fails on any answer but 2xx. */
export async function hammer(
  url: string,
  options: {
    readonly connections: number;
    readonly seconds: number;
    readonly headers: Record<string, string>;
    readonly body: string;
  },
): Promise<Hammered> {
  const { connections, headers, body } = options;
  const run = (duration: number) => autocannon({ url, connections, duration, method: 'POST', headers, body });
  await run(2);
  const result = await run(options.seconds);
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`);
  }
  return { perSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One POST; @returns the body of its answer. Throws on any status but 2xx. */
export async function post(url: string, headers: Record<string, string>, body: Buffer): Promise<string> {
  return await send(
    url,
    { method: 'POST', headers: { ...headers, 'content-length': String(body.length) } },
    body,
  );
}

export async function get(url: string, headers: Record<string, string>): Promise<string> {
  return await send(url, { method: 'GET', headers });
}

function send(
  url: string,
  options: { method: string; headers: Record<string, string> },
  body?: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== undefined && response.statusCode < 300) resolve(text);
        else reject(new Error(`${url}: ${response.statusCode} ${text.slice(0, 300)}`));
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Runs the jobs in order with at most `width` under way. */
export async function inParallel(width: number, jobs: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) await job();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/**
 * Asks at a rate of its own, whether earlier questions are answered or not: askers that wait for each other's answers
 * would both take all that a load leaves of the machine, and ask less just when it is slow.
 *
 * @returns milliseconds from when each question was due to its answer.
 */
export async function askAtRate(
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  ask: (number: number) => Promise<void>,
): Promise<number[]> {
  const startedAt = performance.now();
  const askWhenDue = async (number: number): Promise<number> => {
    const dueAt = startedAt + (number / perSecond) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
    await ask(number);
    return performance.now() - dueAt;
  };
  return await Promise.all(Array.from({ length: seconds * perSecond }, (_, number) => askWhenDue(number)));
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
