import { sha256Hex } from '@pacspace/node-crypto';
import type { EventType } from '@pacspace/webhooks';

/** An event, before it is known who listens and which of its customer's it is. */
export interface ToldEvent {
  readonly eventKey: string;
  readonly type: EventType;
  readonly environmentId: string;
  /** Empty: of no customer. */
  readonly customerId: string;
  readonly createdAtMs: number;
  readonly toldAtMs: number;
  readonly data: object;
}

/** The same for whatever is told twice, wherever it is told from: this is what makes an event one. */
export function eventKeyOf(type: EventType, ...names: readonly (string | number)[]): string {
  return sha256Hex([type, ...names].join('\n')).slice(0, 32);
}
