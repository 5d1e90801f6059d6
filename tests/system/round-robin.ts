import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  /** What a producer knows: behind it, each request goes to the next gateway. */
  readonly baseUrl: string;
  /** Requests passed on, by gateway. */
  readonly counts: readonly number[];
  close(): Promise<void>;
}

/** A load balancer of the plainest kind: every request to the next of its targets, whatever its connection. */
export async function startRoundRobin(targets: readonly { readonly baseUrl: string }[]): Promise<RoundRobin> {
  const counts = targets.map(() => 0);
  let turn = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const target = turn % targets.length;
    turn += 1;
    counts[target]! += 1;
    const url = new URL(incoming.url ?? '/', targets[target]!.baseUrl);
    const { method, headers } = incoming;
    const onward = request(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
