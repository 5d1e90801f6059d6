/**
 * Meters an LLM endpoint (OpenAI's chat completions, or anything that speaks the same): stands before it, passes requests
 * and answers through, streamed ones as they come, and records what the upstream counted, once an answer.
 *
 *     UPSTREAM=http://127.0.0.1:8000 PACSPACE_API_KEY=pk_test_… node llm-proxy.ts
 *
 * Customers are told apart by the header `x-customer-id`, which whoever authenticates them in front of this sets.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DeltaEmitter, PacSpace } from '@pacspace-io/sdk';

/** What an answer, or the last event of a streamed one, says of itself. */
interface Completion {
  readonly id?: string;
  readonly model?: string;
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

async function proxy(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const customerId = incoming.headers['x-customer-id'];
  if (typeof customerId !== 'string') {
    outgoing.writeHead(401).end('x-customer-id is missing\n');
    return;
  }
  // Not taken on while the ledger cannot keep up: what is served is recorded.
  await emitter.ready();
  const answer = await fetch(new URL(incoming.url ?? '/', upstream), {
    method: incoming.method ?? 'GET',
    headers: { 'content-type': 'application/json', authorization: incoming.headers.authorization ?? '' },
    ...(incoming.method === 'POST' && { body: askForUsage(await readText(incoming)) }),
  });
  const contentType = answer.headers.get('content-type') ?? '';
  outgoing.writeHead(answer.status, { 'content-type': contentType });
  const seen = new UsageReader(contentType.startsWith('text/event-stream'));
  // Read to its end though the client may have gone: the upstream counts all of it.
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    seen.add(chunk);
    if (!outgoing.destroyed && !outgoing.write(chunk))
      await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')]);
  }
  record(emitter, customerId, seen.end());
  outgoing.end();
}

/** A streamed answer says what it used only when it is asked to. */
function askForUsage(body: string): string {
  const request = JSON.parse(body) as { stream?: boolean; stream_options?: object };
  if (request.stream !== true) return body;
  return JSON.stringify({ ...request, stream_options: { ...request.stream_options, include_usage: true } });
}

/** Finds the usage in an answer that passes by. */
class UsageReader {
  private readonly decoder = new TextDecoder();
  private text = '';
  private found: Completion | undefined;
  private readonly isStream: boolean;

  constructor(isStream: boolean) {
    this.isStream = isStream;
  }

  add(chunk: Uint8Array): void {
    this.text += this.decoder.decode(chunk, { stream: true });
    if (!this.isStream) return;
    const lines = this.text.split('\n');
    this.text = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const event = JSON.parse(line.slice(6)) as Completion;
      if (event.usage) this.found = event;
    }
  }

  end(): Completion | undefined {
    if (this.isStream) return this.found;
    try {
      return JSON.parse(this.text) as Completion;
    } catch {
      return undefined;
    }
  }
}

/** Two deltas, each with a key that follows from the answer: recorded once, however often this is called. */
function record(to: DeltaEmitter, customerId: string, completion: Completion | undefined): void {
  const { id, model, usage } = completion ?? {};
  if (id === undefined || !usage) return;
  const parts = [
    ['tokens.prompt', usage.prompt_tokens],
    ['tokens.completion', usage.completion_tokens],
  ] as const;
  for (const [reason, delta] of parts) {
    // A delta is never zero.
    if (delta > 0)
      to.emit({ customerId, delta, reason, metadata: { model }, idempotencyKey: `${id}:${reason}` });
  }
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const { PACSPACE_API_KEY = '', PORT = '8080', UPSTREAM: upstream } = process.env;
if (upstream === undefined) throw new Error('UPSTREAM is missing: where the model is served');
const emitter = new PacSpace({ apiKey: PACSPACE_API_KEY }).balance.emitter({
  onRejected: ({ delta, error }) =>
    process.stderr.write(`not recorded: ${JSON.stringify(delta)}: ${error.message}\n`),
});
const server = createServer((incoming, outgoing) => {
  proxy(incoming, outgoing).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    if (!outgoing.headersSent) outgoing.writeHead(502);
    outgoing.end();
  });
});
server.listen(Number(PORT));
await once(server, 'listening');
process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);

// At the end: no new requests, those under way to their end, and then what they used.
await once(process, 'SIGTERM');
server.close();
await once(server, 'close');
const { recorded } = await emitter.close();
process.stdout.write(`recorded ${recorded}\n`);
