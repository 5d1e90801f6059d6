import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  readonly path: string;
  readonly body: string;
  readonly atMs: number;
}

/** A receiver of webhooks that answers 204 at once; one path hangs: it takes requests and never answers. */
export class WebhookReceiver {
  count = 0;
  onArrival: ((arrival: Arrival) => void) | undefined;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly baseUrl: string,
  ) {}

  static async start(hanging = '/hanging'): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url: path = '' } = request;
        if (path === hanging) return;
        response.writeHead(204).end();
        receiver.count += 1;
        receiver.onArrival?.({ path, body: Buffer.concat(chunks).toString(), atMs: performance.now() });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const receiver = new WebhookReceiver(server, `http://127.0.0.1:${port}`);
    return receiver;
  }

  async until(count: number): Promise<void> {
    while (this.count < count) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
