import { type NatsContext, ServerNats } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

interface Reply {
  readonly err?: unknown;
  readonly isDisposed?: boolean;
}

/**
 * Nest's NATS server on the connection that the app has already, with its credentials, its reconnecting and its health.
 * Unlike Nest's own it answers what it has taken before it closes.
 */
export class RequestServer extends ServerNats {
  private readonly open: Subscription[] = [];
  private underWay = 0;
  private whenSettled: () => void = () => undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly queue: string,
  ) {
    super({ queue });
  }

  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.connection);
  }

  override bindEvents(client: NatsConnection): void {
    for (const pattern of this.messageHandlers.keys()) {
      const callback = this.getMessageHandler(pattern) as (error: Error | null, message: Msg) => void;
      this.open.push(client.subscribe(pattern, { queue: this.queue, callback }));
    }
  }

  override getPublisher(message: Msg, id: string, context: NatsContext): (reply: Reply) => unknown {
    const publish = super.getPublisher(message, id, context);
    this.underWay += 1;
    return (reply) => {
      const published: unknown = publish(reply);
      if (reply.isDisposed === true || reply.err !== undefined) this.settle();
      return published;
    };
  }

  /** Takes nothing more; resolves when everything taken is answered. The connection stays: it is not ours. */
  override async close(): Promise<void> {
    for (const subscription of this.open) subscription.unsubscribe();
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.whenSettled = resolve));
  }

  private settle(): void {
    this.underWay -= 1;
    if (this.underWay === 0) this.whenSettled();
  }
}
