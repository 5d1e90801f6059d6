import { ClientNats } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';

/** Nest's NATS client on the connection that the app has already: its credentials, its reconnecting, its end. */
export class RequestClient extends ClientNats {
  constructor(private readonly connection: NatsConnection) {
    super({});
  }

  override createClient(): Promise<NatsConnection> {
    return Promise.resolve(this.connection);
  }

  /** The connection is not ours to close. */
  override close(): Promise<void> {
    this.handleClose();
    return Promise.resolve();
  }
}
