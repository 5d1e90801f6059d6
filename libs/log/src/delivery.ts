/** What JetStream says of a message that it delivers, in the subject that its acknowledgement goes to. */
export interface DeliveryInfo {
  readonly streamSequence: number;
  /** Counts the consumer's deliveries, from 1, without a gap. */
  readonly consumerSequence: number;
  /** 1, or more when it is delivered again. */
  readonly times: number;
  /** When the log took the message, by its own clock. */
  readonly recordedAtMs: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<times>.<stream sequence>.<consumer sequence>.<nanoseconds>.<pending>`, with domain
 * and account hash before the stream in the newer form (NATS ADR-15); undefined for anything else.
 */
export function parseDelivery(ackSubject: string): DeliveryInfo | undefined {
  const tokens = ackSubject.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || (tokens.length !== 9 && tokens.length < 11))
    return undefined;
  const [times, streamSequence, consumerSequence, nanoseconds] = tokens.slice(tokens.length === 9 ? 4 : 6);
  const info = {
    times: Number(times),
    streamSequence: Number(streamSequence),
    consumerSequence: Number(consumerSequence),
    // A double does not hold so many nanoseconds: cut off the digits instead, so that every reader gets the same.
    recordedAtMs: Number(nanoseconds?.slice(0, -6)),
  };
  return Object.values(info).every((value) => Number.isSafeInteger(value) && value > 0) ? info : undefined;
}
