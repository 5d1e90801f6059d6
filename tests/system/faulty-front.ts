import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to a request on its way. `busy` and `limited` are answered by the front; `lost` reaches the service, and
 * the connection breaks before its answer does; `torn` breaks when half of it has reached the service.
 */
export type Fault = 'busy' | 'limited' | 'lost' | 'torn' | 'pass';

export interface Front {
  readonly url: string;
  /** Idempotency keys of the requests so far, in order. */
  readonly keys: readonly (string | undefined)[];
  /** What has happened to them. */
  readonly faults: readonly Fault[];
  stop(): Promise<void>;
}

/** An HTTP proxy before the service that spoils requests. @param next asked for each; undefined passes. */
export async function startFaultyFront(target: string, next: () => Fault | undefined): Promise<Front> {
  const keys: (string | undefined)[] = [];
  const faults: Fault[] = [];
  const server = createServer((incoming, outgoing) => {
    const fault = next() ?? 'pass';
    keys.push(incoming.headers['idempotency-key'] as string | undefined);
    faults.push(fault);
    void spoil(new URL(incoming.url ?? '/', target), fault, { incoming, outgoing });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    faults,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

async function spoil(url: URL, fault: Fault, { incoming, outgoing }: Exchange): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (fault === 'busy' || fault === 'limited') return refuse(outgoing, fault);
  const { headers, method } = incoming;
  const upstream = request(url, { method, headers: { ...headers, host: url.host } });
  upstream.on('error', () => outgoing.destroy());
  if (fault === 'torn') {
    upstream.write(body.subarray(0, body.length >> 1), () => {
      upstream.destroy();
      outgoing.destroy();
    });
    return;
  }
  upstream.end(body);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  if (fault === 'pass') {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    return;
  }
  answer.resume();
  await once(answer, 'end');
  outgoing.destroy();
}

function refuse(outgoing: ServerResponse, fault: 'busy' | 'limited'): void {
  const [status, code] = fault === 'busy' ? [503, 'UNAVAILABLE'] : [429, 'RATE_LIMITED'];
  outgoing.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  outgoing.end(JSON.stringify({ success: false, error: { code, message: fault, retryAfterSeconds: 1 } }));
}
