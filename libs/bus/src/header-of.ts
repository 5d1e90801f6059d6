import type { NatsContext } from '@nestjs/microservices';
import type { MsgHdrs } from '@nats-io/transport-node';

/** A header of the request, such as the caller's trace context; undefined when it has none. */
export function headerOf(context: NatsContext, name: string): string | undefined {
  const headers = context.getHeaders() as MsgHdrs | undefined;
  return headers?.get(name);
}
