import { randomId } from './http/random-id.js';
import { sendForData, type TransportOptions } from './http/transport.js';

export type Amount = number | string;

export interface EmitOptions {
  readonly referenceId?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
  readonly adjusts?: { readonly recordId: string } | { readonly referenceId: string };
  readonly occurredAt?: Date | string;
}

export interface AcceptedDelta {
  readonly recordId: string;
  readonly receiptId: string;
}

const API = '/api/v1/balance';

/** The balance API. */
export class Balance {
  constructor(private readonly transport: TransportOptions) {}

  /** Records one delta; resolves when it is durable. */
  async emit(
    customerId: string,
    delta: Amount,
    reason: string,
    { idempotencyKey = randomId(), ...rest }: EmitOptions = {},
  ): Promise<AcceptedDelta> {
    return await sendForData(this.transport, {
      method: 'POST',
      path: `${API}/delta`,
      idempotencyKey,
      body: { customerId, delta, reason, ...rest },
    });
  }
}
