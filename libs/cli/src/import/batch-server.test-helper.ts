import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAmount, parseDelta } from '@pacspace/domain';

/** What a request meets instead of the usual answer. */
export type Fault =
  /** The connection is cut before anything is recorded. */
  | { readonly kind: 'hang-up' }
  /** Everything is recorded, and the connection cut before the answer. */
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly retryAfter?: string }
  /** The first `taken` deltas are recorded; the answer ends with success: false. */
  | { readonly kind: 'broken-off'; readonly taken: number }
  /** Every second delta fails for a lack of room. */
  | { readonly kind: 'half-busy' }
  /** Answered with this text, nothing recorded. */
  | { readonly kind: 'text'; readonly text: string };

/** A server over real HTTP that keeps the batch contract: per-item results, keys for ever, conflicts, faults on order. */
export class BatchServer {
  /** Amount as exact text by customer and key. */
  readonly recorded = new Map<string, { readonly amount: string; readonly text: string }>();
  /** Deltas of each request that was answered 201. */
  readonly batches: number[] = [];
  /** Taken from the front, one a request. */
  readonly faults: Fault[] = [];
  requests = 0;
  mostInFlight = 0;
  /** Before each answer. */
  delayMs = 0;
  private inFlight = 0;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly apiKey: string,
  ) {}

  static async start(): Promise<BatchServer> {
    const server = createServer((request, response) => void one.answer(request, response));
    const one = new BatchServer(server, 'pk_test_TESTS.secret');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return one;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sum of all that is recorded; the tests' amounts are whole. */
  get sum(): bigint {
    return [...this.recorded.values()].reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      this.respond(request, Buffer.concat(chunks).toString(), response);
    } catch {
      // The client was killed in the middle of its request: it was not taken.
      response.destroy();
    } finally {
      this.inFlight -= 1;
    }
  }

  private respond(request: IncomingMessage, body: string, response: ServerResponse): void {
    const fault = this.faults.shift();
    if (request.method !== 'POST' || request.url !== '/api/v1/balance/delta/batch')
      return fail(response, 404, 'NOT_FOUND');
    if (request.headers['x-api-key'] !== this.apiKey) return fail(response, 401, 'INVALID_API_KEY');
    if (request.headers['content-type'] !== 'application/x-ndjson')
      return fail(response, 415, 'UNSUPPORTED_MEDIA_TYPE');
    if (fault?.kind === 'hang-up') return void response.destroy();
    if (fault?.kind === 'status') return fail(response, fault.status, fault.code, fault.retryAfter);
    if (fault?.kind === 'text')
      return void response.writeHead(201, { 'content-type': 'text/html' }).end(fault.text);

    const lines = body.split('\n');
    const taken = fault?.kind === 'broken-off' ? lines.slice(0, fault.taken) : lines;
    const results = taken.map((line, index) =>
      fault?.kind === 'half-busy' && index % 2 === 1
        ? {
            index,
            status: 'FAILED',
            error: { code: 'UNAVAILABLE', message: 'no room', retryAfterSeconds: 1 },
          }
        : { index, ...this.record(line) },
    );
    if (fault?.kind === 'lost-answer') return void response.destroy();
    this.batches.push(results.length);
    const end =
      fault?.kind === 'broken-off'
        ? { success: false, error: { code: 'UNAVAILABLE', message: 'shutting down' } }
        : { success: true };
    response
      .writeHead(201, { 'content-type': 'application/json' })
      .end(JSON.stringify({ data: { results }, ...end }));
  }

  private record(line: string): object {
    const parsed = parseDelta(JSON.parse(line), Date.now());
    if (!parsed.ok) return { status: 'FAILED', error: { message: 'not valid', fields: parsed.problems } };
    const { customerId, amount, idempotencyKey } = parsed.delta;
    if (customerId === 'refused')
      return { status: 'FAILED', error: { code: 'FORBIDDEN', message: 'not this customer' } };
    const id = `${customerId} ${idempotencyKey ?? ''}`;
    const known = this.recorded.get(id);
    if (known === undefined) {
      this.recorded.set(id, { amount: formatAmount(amount), text: line });
      return { status: 'QUEUED', recordId: 'rec_0', customerId };
    }
    if (known.text === line) return { status: 'QUEUED', recordId: 'rec_0', customerId, idempotent: true };
    return {
      status: 'FAILED',
      error: { code: 'IDEMPOTENCY_CONFLICT', message: 'the key was used for another delta' },
    };
  }
}

function fail(response: ServerResponse, status: number, code?: string, retryAfter?: string): void {
  const body = {
    success: false,
    error: { ...(code !== undefined && { code }), message: `told to answer ${status}` },
  };
  const headers = {
    'content-type': 'application/problem+json',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
